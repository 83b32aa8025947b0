import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApplication } from '../../src-main/app/open.ts';
import { readHome } from '../../src-main/app/opened-home.ts';
import { networkOf, makeTinyHome, requestOf } from '../../tools/torture/tiny.ts';

/** Trains in a home on a small drive that is full from the first step on, and prints what is said of it then. */
const [drive] = process.argv.slice(2);
const home = join(drive, 'home');
const filler = join(drive, 'filler');
const set = await makeTinyHome(home);
const application = openApplication({ home });
const work = { signal: new AbortController().signal, onImport: () => {}, workers: 2 };
const fill = () => {
  const { bavail, bsize } = statfsSync(drive);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail) * bsize, 1));
};
let said = 'nothing';
try {
  await application.runStudy(requestOf(set, networkOf({ epochs: 200 })), {
    ...work,
    onEvent: (event) => {
      if (event.type === 'run-message' && event.message.type === 'point') fill();
    },
  });
} catch (error) {
  said = (error as Error).message;
}
const statuses = (store: typeof application.store) =>
  store.studies().flatMap(({ id, status }) => [status, ...store.studyRuns(id).map(({ record }) => record.status)]);
const here = statuses(application.store);
application.close();
const reader = await readHome(home, ({ store }) => statuses(store));
rmSync(filler);
const again = openApplication({ home });
const outcome = await again.resumeStudy('tiny', { ...work, onEvent: () => {} });
again.close();
process.stdout.write(JSON.stringify({ said, here, reader, after: outcome.study.status }));
