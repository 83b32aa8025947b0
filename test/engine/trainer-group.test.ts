import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainingJobsSchema, type TrainerMessage, type TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { runTrainings, type TrainingOutcome } from '../../src-main/engine/trainer/supervisor.ts';
import { train } from '../../src-main/engine/trainer/train.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import { writeCheckpoint } from '../../src-main/store/checkpoints.ts';
import { trainingGround } from './trainer-job.ts';
import { lastingOf } from './trainer-run.ts';

let ground: Awaited<ReturnType<typeof trainingGround>>;
/** Where copied layers come from. */
let base: { readonly file: string; readonly sha256: string };
beforeAll(async () => {
  ground = await trainingGround();
  const [said] = await trainHere([ground.job({ batchSeed: 'of the base' }, { epochs: 20 })]);
  const { file, sha256 } = finalOf(said!);
  base = { file, sha256 };
});
afterAll(() => ground.remove());

type Listen = (job: TrainingJob, message: TrainerMessage) => void;

/** Trains in this process; what was said of each job. */
async function trainHere(
  jobs: readonly TrainingJob[],
  listen: Listen = () => {},
  signal = new AbortController().signal,
) {
  const said = new Map(jobs.map((job) => [job.run, [] as TrainerMessage[]]));
  const report = (run: string, message: TrainerMessage) => {
    said.get(run)!.push(message);
    listen(
      jobs.find((job) => job.run === run)!,
      message,
    );
  };
  await train(jobs, { signal, report });
  return [...said.values()];
}

const checkpointsOf = (said: readonly TrainerMessage[]) => said.filter((message) => message.type === 'checkpoint');
const finalOf = (said: readonly TrainerMessage[]) => checkpointsOf(said).find(({ final }) => final)!;
/** What doesn't differ from run to run. */
const lasting = (said: readonly TrainerMessage[]) => ({
  said: said.filter(({ type }) => type === 'point' || type === 'evaluated' || type === 'snapshot'),
  sha256: finalOf(said).sha256,
});

/** Jobs above copied or random layers: n = 1, n = 2, which has the dropout below it, and n = 2 with other weights above. */
function jobs(source: 'copied' | 'random', changes: Partial<TrainingJob> = {}): TrainingJob[] {
  return [1, 2, 2].map((n, place) => {
    const transplant = source === 'copied' ? { n, checkpoint: base } : { n, seed: 'random network' };
    return ground.job({ ...changes, seed: `weights ${place}`, transplant, frozen: n }, { epochs: 15 });
  });
}

describe.each(['copied', 'random'] as const)('trainings side by side above %s layers', (source) => {
  let alone: TrainerMessage[][];
  beforeAll(async () => {
    alone = [];
    for (const job of jobs(source)) alone.push(...(await trainHere([job])));
  });

  test('say the same and end with the same bytes as each alone', async () => {
    const together = await trainHere(jobs(source));
    expect(together.map(lasting)).toEqual(alone.map(lasting));
    expect(new Set(together.map((said) => finalOf(said).sha256)).size).toBe(3);
    expect(together.map((said) => said.at(-1)!.type)).toEqual(['finished', 'finished', 'finished']);
  });

  test('that are stopped go on together, and those that are ahead wait', async () => {
    const begun = jobs(source, { checkpointEvery: 0 });
    // Stopped after different steps, one of them not begun.
    const resumed = await Promise.all(
      begun.map(async (job, place) => {
        if (place === 1) return job;
        const stop = new AbortController();
        const [said] = await trainHere(
          [job],
          (_job, message) => {
            if (message.type === 'checkpoint' && message.step === 20 + 13 * place) stop.abort();
          },
          stop.signal,
        );
        const { file, sha256 } = checkpointsOf(said!).at(-1)!;
        return { ...job, resume: { file, sha256 } };
      }),
    );
    const order: number[] = [];
    const together = await trainHere(resumed, (_job, message) => {
      if (message.type === 'checkpoint') order.push(message.step);
    });
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(together.map((said) => (said[0] as { step: number }).step)).toEqual([20, 0, 46]);
    expect(together.map((said) => finalOf(said).sha256)).toEqual(alone.map((said) => finalOf(said).sha256));
    const last = (said: readonly TrainerMessage[]) => said.filter(({ type }) => type === 'evaluated').at(-1);
    expect(together.map(last)).toEqual(alone.map(last));
  });

  test('whose process is killed in the middle go on from their checkpoints and end the same', async () => {
    const group = jobs(source, { checkpointEvery: 0 });
    const said = new Map(group.map(({ run }) => [run, [] as TrainerMessage[]]));
    const outcomes = new Map<string, TrainingOutcome>();
    const restarted: string[] = [];
    let [pid, killed] = [0, false];
    await runTrainings(group, {
      signal: new AbortController().signal,
      onSpawn: (id) => (pid = id),
      onEnd: (run, outcome) => outcomes.set(run, outcome),
      onRestart: (run) => restarted.push(run),
      onMessage: (run, message) => {
        said.get(run)!.push(message);
        if (killed || message.type !== 'checkpoint' || message.step < 5 || run === group[0]!.run) return;
        killed = true;
        process.kill(pid, 'SIGKILL');
      },
    });
    expect(restarted).toEqual(group.map(({ run }) => run));
    group.forEach(({ run }, place) => {
      const evaluation = alone[place]!.filter((message) => message.type === 'evaluated').at(-1);
      expect(outcomes.get(run)).toEqual({ status: 'finished', evaluation });
      expect(finalOf(said.get(run)!).sha256).toBe(finalOf(alone[place]!).sha256);
      expect(lastingOf(said.get(run)!)).toEqual(lastingOf(alone[place]!));
    });
  });

  test('go on without the one that diverges', async () => {
    const [first, second, third] = jobs(source);
    const exploded = await explodedCheckpoint(first!);
    const together = await trainHere([{ ...first!, resume: exploded }, second!, third!]);
    expect(together[0]!.at(-1)).toMatchObject({
      type: 'failed',
      step: 1,
      reason: expect.stringMatching(/^the loss .* lower the learning rate$/),
    });
    expect(together.slice(1).map(lasting)).toEqual(alone.slice(1).map(lasting));
  });

  test('go on without the one whose loss on held-out images is not a number', async () => {
    const [first, second, third] = jobs(source);
    const { step } = alone[0]!.find((message) => message.type === 'evaluated')!;
    const exploded = await explodedCheckpoint(first!, step);
    const together = await trainHere([{ ...first!, resume: exploded }, second!, third!]);
    const reason = expect.stringMatching(/^the loss on held-out images became .* lower the learning rate$/);
    expect(together[0]!.filter(({ type }) => type === 'failed' || type === 'point')).toMatchObject([
      { type: 'failed', step, reason },
    ]);
    expect(together.slice(1).map(lasting)).toEqual(alone.slice(1).map(lasting));
  });
});

/** With weights that no loss survives. */
async function explodedCheckpoint(job: TrainingJob, step = 0) {
  const network = resolveNetwork(job.network, job.classes.length);
  const weights = new Map(
    [...zeroMoments(network)].map(([name, { shape, data }]) => [name, { shape, data: data.fill(1e30) }]),
  );
  const metadata = { curveSteps: '0', curveLoss: '0', curveCorrect: '0' };
  return writeCheckpoint(job.checkpoints, step, { weights, momentum: zeroMoments(network), metadata });
}

test('trainings side by side that are stopped leave a checkpoint each', async () => {
  const stop = new AbortController();
  const listen: Listen = (_job, message) => {
    if (message.type === 'point') stop.abort();
  };
  const together = await trainHere(jobs('copied'), listen, stop.signal);
  for (const said of together)
    expect(said.slice(-2)).toMatchObject([
      { type: 'checkpoint', step: 1, final: false },
      { type: 'stopped', step: 1 },
    ]);
});

test('the time of each part is told, and what is done for several networks is shared among them', async () => {
  const began = performance.now();
  const together = await trainHere(jobs('copied'));
  const wall = (performance.now() - began) / 1000;
  const seconds = together.map((said) => (said.at(-1) as Extract<TrainerMessage, { type: 'finished' }>).seconds);
  for (const part of ['load', 'images', 'prefix', 'train', 'evaluate', 'checkpoint'] as const)
    for (const one of seconds) expect(one[part], part).toBeGreaterThan(0);
  for (const part of ['load', 'images', 'prefix'] as const)
    expect(new Set(seconds.map((one) => one[part])).size, part).toBe(1);
  expect(seconds.flatMap((one) => Object.values(one)).reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(wall);
});

test('only trainings on the same batches above the same layers may share a process', () => {
  const [first, second] = jobs('copied');
  const accepted = (...group: unknown[]) => trainingJobsSchema.safeParse(group).success;
  expect(accepted(first, second)).toBe(true);
  expect(accepted(first, { ...second, batchSeed: 'other' })).toBe(false);
  expect(accepted(first, { ...second, transplant: { n: 2, seed: 'random' } })).toBe(false);
  expect(accepted(first, { ...second, frozen: 0 })).toBe(false);
  expect(accepted()).toBe(false);
});
