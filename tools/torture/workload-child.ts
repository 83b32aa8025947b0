import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { storeFile } from '../../src-main/app/opened-home.ts';
import { openApplication } from '../../src-main/app/open.ts';
import { UserError } from '../../src-main/errors.ts';
import { ledger } from './ledger.ts';
import { promise } from './recording.ts';
import { openStore } from '../../src-main/store/open.ts';
import { networkOf, requestOf } from './tiny.ts';

/**
 * What a main process does, for attacks to interrupt: `workload-child.ts HOME WHAT ...`. Prints a line for each thing that it
 * has been promised is stored. Exit code 1: a sentence on standard error; 70: a fault of the program.
 */
const [home, what, ...rest] = process.argv.slice(2);
const note = (line: string) => {
  process.stdout.write(`${line}\n`);
  if (process.env.TORTURE_LOG) promise(home, line);
};
const signal = new AbortController().signal;
const work = { signal, workers: 2, onImport: () => {}, onEvent: () => {} };

const WORK: Record<string, () => Promise<unknown>> = {
  ledger: () => opened((application) => ledger(application, Number(rest[0]), note)),
  study: () => opened((application) => application.runStudy(requestOf(rest[0], networkOf()), work)),
  large: () =>
    opened((application) =>
      application.runStudy({ ...requestOf(rest[0], networkOf({ units: 65_536, epochs: 2 })), layers: [] }, work),
    ),
  resume: () => opened((application) => application.resumeStudy('tiny', work)),
  import: () => opened((application) => application.importImages({ path: rest[0], size: 8, name: 'imported' }, work)),
  pack: () => opened((application) => application.packStudy('tiny', rest[0], 'all')),
  restore: () => opened((application) => application.restoreStudy(rest[0])),
  report: () => opened((application) => application.writeReport('tiny', rest[0])),
  migrate: async () => openStore(storeFile(home)).close(),
};

async function opened<T>(use: (application: ReturnType<typeof openApplication>) => Promise<T>): Promise<T> {
  const application = openApplication({ home });
  note('opened');
  try {
    return await use(application);
  } finally {
    application.close();
  }
}

try {
  mkdirSync(join(home, '..'), { recursive: true });
  await WORK[what]();
  note('done');
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof UserError ? error.message : `fault: ${(error as Error).stack}`}\n`);
  process.exit(error instanceof UserError ? 1 : 70);
}
