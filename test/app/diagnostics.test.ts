import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeBugLog } from '../../src-main/app/bug-log.ts';
import { diagnostics } from '../../src-main/app/doctor/diagnostics.ts';
import { examineHome, examineNode, examineStore } from '../../src-main/app/doctor/machine.ts';
import { programVersion } from '../../src-main/process/program.ts';
import { openStore } from '../../src-main/store/open.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

const STUDY = 'Dr. Weber’s melanoma patients';

it('says what is needed to understand a bug, and nothing personal', async () => {
  const end = ({ name }: { name: string }) => (name === 'A1B' ? ('planned' as const) : ('finished' as const));
  const { home, ids } = await madeUpHome([{ name: STUDY, replicates: 1, layers: [1], trainingSeed: 1, end }]);
  const store = openStore(join(home, 'transplant.sqlite'), {});
  const { run } = store.studyRuns(ids[0]).find(({ name }) => name === 'A1B')!;
  store.updateRun(run, { status: 'running' });
  store.updateRun(run, {
    status: 'failed',
    error: `The images of shape 3 in ${home}/data are gone; “${STUDY}” needs /media/usb/Anna Weber/weber.zip.`,
  });
  store.close();
  const bug = new TypeError(
    `no such file, open '/media/Anna Weber/skin/naevus 7.png' of shapes, ${homedir()}/pictures`,
  );
  await writeBugLog(bug, home);
  const findings = [examineNode(), examineHome(home), await examineStore(home)];
  const text = await diagnostics(home, findings);

  for (const secret of [
    home,
    homedir() + '/',
    hostname(),
    'Weber',
    'weber',
    'shapes',
    'shape 3',
    'naevus',
    'pictures',
    '/media',
  ])
    expect(text).not.toContain(secret);
  expect(text).toContain(`Transplant ${programVersion()}`);
  expect(text).toContain('<home folder>/transplant.sqlite is intact');
  expect(text).toContain('studies: 1');
  expect(text).toContain(
    'A training failed: The images of <name> in <home folder>/data are gone; <name> needs <path>.',
  );
  expect(text).toContain('TypeError: no such file, open <name> of <name>, ');
  // Where in the program it happened stays.
  expect(text).toMatch(/at .*<program>\/test\/app\/diagnostics\.test\.ts\S*:\d+:\d+/);
});

it('leaves out the name of a study that was deleted, and the one that it began with', async () => {
  const { home, ids } = await madeUpHome([{ name: 'Warblers', replicates: 1, layers: [1], trainingSeed: 1 }]);
  const store = openStore(join(home, 'transplant.sqlite'), {});
  store.annotateStudy(ids[0], { name: 'Finches' });
  store.putInBin({ kind: 'study', id: ids[0], deleted: '2026-11-30T10:00:00.000Z' });
  store.close();
  await writeBugLog(new Error('Finches, once Warblers, is broken'), home);
  const text = await diagnostics(home, []);
  expect(text).toContain('<name>, once <name>, is broken');
});

it('says what it can of a home that can’t be read', async () => {
  const { home } = await madeUpHome([]);
  writeFileSync(join(home, 'transplant.sqlite'), 'not a store, but long enough to be one'.repeat(50));
  mkdirSync(join(home, 'logs'));
  writeFileSync(
    join(home, 'logs', 'bug-2026-01-01T00-00-00-000Z.log'),
    'Error: it isn’t so, and that doesn’t help\n    at x',
  );
  const text = await diagnostics(home, [await examineStore(home)]);
  expect(text).toContain('problem store:');
  expect(text).toContain('it isn’t so, and that doesn’t help');
  expect(text).not.toContain(home);
});
