import { createInterface } from 'node:readline/promises';
import { Gate } from './terminal/gate.ts';
import { runCommandLine } from './terminal/run.ts';
import { READER_GONE } from './terminal/session.ts';
import type { Surroundings } from './terminal/surroundings.ts';

/** The process of the command line, with its streams, signals and exit code. transplant.js starts it. */

const closed = new AbortController();
/** True while a study or import is under way, which ends by itself and stores what it has. */
let working = false;

// If whoever reads the output stops reading (`transplant study list | head -1`), that is not an error, but the work is
// over.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed.abort();
  if (!working) process.exit(READER_GONE);
});
// A terminal that was closed can't show messages, but the work still ends in order.
process.stderr.on('error', () => {});

const stderr = new Gate(process.stderr);
const surroundings: Surroundings = {
  stdout: new Gate(process.stdout),
  stderr,
  environment: process.env,
  signals: process,
  exit: (code) => process.exit(code),
  now: () => performance.now(),
  outputClosed: closed.signal,
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  open: async (options) => {
    working = !options.readOnly;
    // These are loaded only when needed, so that help and invalid calls are answered quickly.
    const { openApplication } = await import('../app/open.ts');
    const { backupNote } = await import('../store/backup.ts');
    const note = (sentence: string) => void stderr.write(`${sentence}\n`);
    return openApplication({ ...options, onBackup: (file) => note(backupNote(file)), onExposed: note });
  },
};

process.exitCode = await runCommandLine(process.argv.slice(2), surroundings);

/** Asks on the terminal. Only `y` and `yes` agree. */
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
