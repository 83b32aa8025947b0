import { runCommandLine } from './run.ts';
import { READER_GONE } from './session.ts';
import type { Surroundings } from './surroundings.ts';

/** The process of the command line: its streams, its signals, its exit code. Started by transplant.js. */

const closed = new AbortController();
/** True while a study or import is under way: it ends by itself, storing what it has. */
let working = false;

// Whoever reads the output may stop reading (`transplant study list | head -1`): no error, but nothing left to do either.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed.abort();
  if (!working) process.exit(READER_GONE);
});
// A terminal that was closed takes no words any more; the work's own ending goes on.
process.stderr.on('error', () => {});

const surroundings: Surroundings = {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signals: process,
  exit: (code) => process.exit(code),
  now: () => performance.now(),
  outputClosed: closed.signal,
  open: async (options) => {
    working = !options.readOnly;
    // Loaded when it is needed: help and wrong calls answer without a database or an image decoder.
    const { openApplication } = await import('../app/open.ts');
    const { backupNote } = await import('../store/backup.ts');
    return openApplication({ ...options, onBackup: (file) => process.stderr.write(`${backupNote(file)}\n`) });
  },
};

process.exitCode = await runCommandLine(process.argv.slice(2), surroundings);
