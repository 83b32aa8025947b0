import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { RunStatus } from '../../src-main/common/run-state.ts';
import { placed, point, study } from './examples.ts';
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

test('a run goes only when no study has it any more, and takes with it all that was recorded', () => {
  const store = openStore(join(temporaryFolder(), 'transplant.sqlite'));
  store.addStudy(study('s1'), [placed('shared', 'baseA'), placed('own', 'A3B')]);
  store.addStudy(study('s2'), [placed('shared', 'baseA')]);
  const file = 'checkpoints/own/step-5.safetensors';
  store.addCheckpoint({ run: 'own', step: 5, file, sha256: 'ab', bytes: 3, final: false });
  store.addSnapshot('own', { step: 0, weight: { shape: [1, 1, 1, 1], data: Float32Array.of(1) } });
  store.addCurvePoints('own', [point(5)]);
  expect(() => store.removeRun('own')).toThrow('run own is part of study s1');

  store.removeStudy('s1');
  expect(store.studies().map(({ id }) => id)).toEqual(['s2']);
  expect(store.unusedRuns()).toEqual(['own']);
  expect(() => store.removeRun('shared')).toThrow('part of study s2');
  expect(store.removeRun('own')).toMatchObject([{ file }]);
  expect([store.findRun('own'), store.snapshots('own'), store.curve('own')]).toEqual([undefined, [], []]);
  expect([store.unusedRuns(), store.checkpoints()]).toEqual([[], []]);
  store.close();
});

test.each([
  ['weights that are cut off', "UPDATE snapshots SET weights = x'00'"],
  ['a shape that is no list', `UPDATE snapshots SET shape = '{"a":1}'`],
  ['a shape that is not JSON', `UPDATE snapshots SET shape = 'wide'`],
])('filters with %s are a sentence', (_, damage) => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const store = openStore(file);
  store.addStudy(study('s1'), [placed('k1', 'baseA')]);
  store.addSnapshot('k1', { step: 7, weight: { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2) } });
  const other = new Database(file);
  other.exec(damage);
  other.close();
  const show = () => store.snapshot('k1', 7);
  expect(show).toThrow(UserError);
  expect(show).toThrow('The filters of run k1 at step 7 are damaged in the store');
  store.close();
});
