import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/open.ts';
import type { RunStatus } from '../../src-main/store/records.ts';
import { placed, study } from './examples.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** How a run comes to each status, and where it may go from there. */
const WAYS: [status: RunStatus, way: RunStatus[], next: RunStatus[]][] = [
  ['planned', [], ['planned', 'running', 'stopped', 'failed']],
  ['running', ['running'], ['running', 'stopped', 'finished', 'failed']],
  ['stopped', ['running', 'stopped'], ['running', 'stopped', 'failed']],
  ['failed', ['running', 'failed'], ['running', 'stopped', 'failed']],
  ['finished', ['running', 'finished'], ['finished']],
];

test.each(WAYS)('a run that is %s goes on only where the experiment does', (status, way, allowed) => {
  for (const [next] of WAYS) {
    const store = openStore(join(temporaryFolder(), 'transplant.sqlite'));
    store.addStudy(study('s1'), [placed('k1', 'baseA')]);
    for (const step of way) store.updateRun('k1', { status: step, correct: 8, total: 10 });
    const result = way.length === 0 ? { correct: 8, total: 10 } : {};
    const go = () => store.updateRun('k1', { status: next, ...result });
    if (allowed.includes(next)) go();
    else expect(go, `${status} to ${next}`).toThrow(`is ${status} and can't become ${next}`);
    expect(store.findRun('k1')!.status).toBe(allowed.includes(next) ? next : status);
    store.close();
  }
});

test('what a finished run has measured can not change, but what is said about it can', () => {
  const store = openStore(join(temporaryFolder(), 'transplant.sqlite'));
  store.addStudy(study('s1'), [placed('k1', 'baseA')]);
  store.updateRun('k1', { status: 'running' });
  expect(() => store.updateRun('k1', { status: 'finished' })).toThrow('CHECK');
  store.updateRun('k1', { status: 'finished', correct: 8, total: 10 });
  expect(() => store.updateRun('k1', { correct: 9 })).toThrow("its correct can't change");
  store.updateRun('k1', { timing: '{"train":3}', correct: 8 });
  expect(store.findRun('k1')).toMatchObject({ correct: 8, timing: '{"train":3}' });
  store.close();
});
