import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clearCache, diskUsage } from '../../src-main/app/disk-usage.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { connectTo } from '../api/in-memory.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

/** A home with a study that is finished, and calls to it. */
async function opened() {
  const made = await madeUpHome([{ name: 'owls', replicates: 2, trainingSeed: 1 }]);
  const [study] = made.ids;
  const workspace = new Workspace({ home: made.home });
  workspace.open();
  const { api, close } = connectTo(workspace);
  onTestFinished(async () => {
    close();
    await workspace.close();
  });
  const { store } = workspace.application;
  // What is worked out reads every curve.
  const read = vi.spyOn(store, 'curve');
  const ask = async () => {
    read.mockClear();
    const results = await api.studies.results({ study });
    return { results, workedOut: read.mock.calls.length > 0 };
  };
  return { ...made, study, workspace, store, api, ask };
}

it('gives the results of a study at once, as they were worked out', async () => {
  const { home, study, api, ask } = await opened();
  const first = await ask();
  expect(first.workedOut).toBe(true);
  expect(await ask()).toEqual({ results: first.results, workedOut: false });
  // What is written beside a study is as it is now.
  await api.studies.annotate({ study, change: { notes: 'Compare with the finches.' } });
  const noted = await ask();
  expect(noted.results.study.notes).toBe('Compare with the finches.');
  expect(noted.results.curves).toEqual(first.results.curves);
  expect((await diskUsage(home)).parts.find(({ part }) => part === 'cache')).toMatchObject({ files: 1 });
  await clearCache(home);
  expect(await ask()).toEqual({ results: noted.results, workedOut: true });
});

it('never gives those of other trainings', async () => {
  const { store, study, ask } = await opened();
  const before = (await ask()).results;
  const { run, record } = store.studyRuns(study).find(({ name }) => name === 'A1B')!;
  store.forgetRun(run);
  const without = await ask();
  expect(without.workedOut).toBe(true);
  expect(without.results.curves).not.toEqual(before.curves);
  // What is not finished can change at any moment.
  expect((await ask()).workedOut).toBe(true);
  store.updateRun(run, { status: 'running' });
  store.updateRun(run, { ...resultOf(record), status: 'finished', correct: 0 });
  const trainedAgain = await ask();
  expect(trainedAgain.workedOut).toBe(true);
  expect(trainedAgain.results.curves).not.toEqual(before.curves);
  expect(await ask()).toEqual({ results: trainedAgain.results, workedOut: false });
});

const resultOf = ({
  total,
  loss,
  step,
  finished,
}: {
  total: number | null;
  loss: number | null;
  step: number;
  finished: string | null;
}) => ({
  ...{ total, loss, step, finished },
});

it('works out again what was damaged, and keeps nothing of a study that is gone for good', async () => {
  const { home, study, workspace, ask } = await opened();
  const { results } = await ask();
  const folder = join(home, 'kept-results');
  const [name] = readdirSync(folder);
  const text = readFileSync(join(folder, name), 'utf8');
  writeFileSync(join(folder, name), text.replace(/"accuracy":0\.\d/, '"accuracy":0.0'));
  expect(await ask()).toEqual({ results, workedOut: true });
  workspace.deleteStudy(study);
  expect(readdirSync(folder)).toHaveLength(1);
  workspace.removeForGood('study', study);
  expect(readdirSync(folder)).toEqual([]);
});
