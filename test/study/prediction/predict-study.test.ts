import { readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { predictStudy } from '../../../src-main/app/predictions.ts';
import { predictStoredTransfer } from '../../../src-main/app/tasks/predict.ts';
import { Cancelled, UserError } from '../../../src-main/errors.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src-main/store/checkpoints.ts';
import { obstacleSentences, transfersOf } from '../../../src-main/study/prediction/transfers.ts';
import { predictionView } from '../../../src-main/study/prediction/prediction-view.ts';
import type { PredictionProgress } from '../../../src-main/study/prediction/predict-transfer.ts';
import type { Plan } from '../../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../../src-main/study/plan/protocol.ts';
import { createTinyHome, runTinyStudy, tinyProtocol, type TinyHome } from '../tiny-study.ts';
import { addUntrainedStudy } from './untrained-study.ts';

/** Two replicates: two transfers. */
let tiny: TinyHome;
let run: { readonly study: string; readonly plan: Plan };
beforeAll(async () => {
  tiny = await createTinyHome();
  const replicates = [1, 2].map((seed) => ({ splitSeed: seed, trainingSeed: seed }));
  const treatments: Protocol['treatments'] = ['transfer', 'transfer+'];
  const protocol = tinyProtocol(tiny.index, { replicates, treatments, layers: [1, 2] });
  run = await addUntrainedStudy(tiny, protocol, ({ name }) => (name.includes('1') ? 0.8 : 0.6));
});
afterAll(() => tiny.dispose());

const states = () => transfersOf(tiny.store, run.study).map(({ state }) => state.state);

it('is stopped with nothing half done, then works out every transfer, and never again', async () => {
  expect(states()).toEqual(Array(2).fill('waiting'));
  expect(predictionView(tiny.store, run.study)).toMatchObject({ transfers: 2, measured: 0, waiting: 2, tables: [] });

  const stop = new AbortController();
  const stopped = predictStudy(tiny, run.study, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toBeInstanceOf(Cancelled);
  expect(states().filter((state) => state === 'measured').length).toBeLessThan(2);

  const progress: PredictionProgress[] = [];
  await predictStudy(tiny, run.study, { onProgress: (one) => progress.push(one) });
  expect(states()).toEqual(Array(2).fill('measured'));
  expect(progress.length).toBeGreaterThan(0);
  for (const [place, { fraction }] of progress.entries())
    expect(fraction).toBeGreaterThanOrEqual(progress[place - 1]?.fraction ?? 0);
  // No process is started for what is known: nobody hears of progress.
  await predictStudy(tiny, run.study, { onProgress: () => expect.unreachable() });
});

it('says of each layer what its measures are, and the accuracy of AnB and AnB+ beside', () => {
  const [transfer] = transfersOf(tiny.store, run.study);
  expect(transfer).toMatchObject({ replicate: 0, target: 'B', measured: [{ n: 1 }, { n: 2 }] });
  expect(transfer.measured[0]).toEqual({ n: 1, transfer: 0.8, 'transfer+': 0.8 });
  if (transfer.state.state !== 'measured') return expect.unreachable();
  const { images, layers, leep } = transfer.state.prediction;
  expect(images).toEqual({ train: 10, heldOut: 10 });
  expect(leep).toBeLessThanOrEqual(0);
  // Four maps of 4 x 4 are whole, and so are sixteen units.
  expect(layers.map(({ n, features }) => [n, features])).toEqual([
    [1, 64],
    [2, 16],
  ]);
  // Colours that are far apart: whatever a network makes of them tells them apart.
  expect(layers[0].values).toMatchObject({ linearProbe: 1, nearestClassMean: 1 });
  expect(layers[0].values.cka).toBeGreaterThan(0.5);
  // 10 images are too few to tell 64 directions apart.
  expect(layers[0].values.svcca).toBeTypeOf(layers[0].values.svcca === null ? 'object' : 'number');
});

it('gives the same bytes again, in whatever process', async () => {
  const [{ source, own }] = transfersOf(tiny.store, run.study);
  const watch = { signal: new AbortController().signal, onProgress: () => {} };
  const again = await predictStoredTransfer({ home: tiny.home, source, own, threads: availableParallelism() }, watch);
  expect(JSON.stringify(again)).toBe(tiny.store.prediction(source, own));
});

it('a base that diverged, and one whose file is gone, are a sentence each, and neither stands in the other’s way', async () => {
  const transfers = transfersOf(tiny.store, run.study);
  for (const { source, own } of transfers) tiny.store.setPrediction(source, own, 'again');
  // baseA of the first replicate gets weights that no number is large enough for, baseA of the second loses its file.
  const [diverged, lost] = [transfers[0].source, transfers[1].source];
  const { identity } = run.plan.runs.find(({ key }) => key === diverged)!;
  const network = resolveNetwork({ ...identity.network, name: 'tiny' }, identity.classes.length);
  const checkpoint = tiny.store.latestCheckpoint(diverged)!;
  const file = join(tiny.home, checkpoint.file);
  const content = await readCheckpoint({ file, sha256: checkpoint.sha256 }, network);
  content.weights.get('conv1.weight')!.data.fill(3e38);
  const written = await writeCheckpoint(join(file, '..'), content.step, content);
  tiny.store.addCheckpoint({ ...checkpoint, sha256: written.sha256, bytes: written.bytes });
  rmSync(join(tiny.home, tiny.store.latestCheckpoint(lost)!.file));
  expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(written.sha256);

  const error = await predictStudy(tiny, run.study).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/^The checkpoint .* is missing\. Restore it, or train its run again\.$/);
  const view = predictionView(tiny.store, run.study);
  const sentence =
    'The outputs of baseA of replicate 1 are not numbers: the training diverged, so nothing can be predicted from it. Start a new study with a lower learning rate.';
  expect(view.problems).toEqual([sentence]);
  expect(view).toMatchObject({ transfers: 2, measured: 0, waiting: 1 });
});

it('without checkpoints, or with a base that failed, there is a sentence that says what to do', async () => {
  const other = await createTinyHome();
  try {
    const protocol = tinyProtocol(other.index, { treatments: ['transfer'], layers: [1] });
    const stoppedStudy = await runTinyStudy(other, protocol, ({ type }) => type === 'study-started');
    const problems = () => predictionView(other.store, stoppedStudy.study).problems;
    expect(problems()).toEqual(['baseA of replicate 1 is not trained yet: predictors can be computed once it is.']);
    for (const { key } of stoppedStudy.plan.runs) {
      other.store.updateRun(key, { status: 'running' });
      other.store.updateRun(key, { status: 'finished', correct: 5, total: 10, loss: 1 });
    }
    expect(problems()).toEqual([
      'The weights of baseA of replicate 1 are not here: the study came as a file without them. Where it was trained, have it packed with those of its bases (“study pack --checkpoints bases”).',
    ]);
  } finally {
    other.dispose();
  }
});

it('a study without transfers has nothing to predict', async () => {
  const other = await createTinyHome();
  try {
    const protocol = tinyProtocol(other.index, { treatments: ['selffer'], layers: [1] });
    const { study } = await runTinyStudy(other, protocol, ({ type }) => type === 'study-started');
    expect(predictionView(other.store, study)).toMatchObject({ transfers: 0, findings: [], tables: [], problems: [] });
  } finally {
    other.dispose();
  }
});

it('obstacles of one kind are one sentence, however many bases they are about', () => {
  const of = (base: string, replicate: number) => ({ why: 'failed' as const, base, replicate });
  expect(obstacleSentences([of('baseA', 0), of('baseA', 2), of('baseB', 1), of('baseB', 1)])).toEqual([
    'The training of baseA of replicates 1, 3 and baseB of replicate 2 failed: try it again, then compute the predictors.',
  ]);
});
