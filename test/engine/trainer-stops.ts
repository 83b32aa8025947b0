import fc from 'fast-check';
import { expect } from 'vitest';
import type { CheckpointFile, TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { train } from '../../src-main/engine/trainer/train.ts';
import { lastingOf, run } from './trainer-run.ts';

/** Trains in this process; stops after a step of which it has written a checkpoint. */
export async function trained(job: TrainingJob, stopAfter = Infinity): Promise<TrainerMessage[]> {
  const said: TrainerMessage[] = [];
  const stop = new AbortController();
  await train([{ ...job, checkpointEvery: stopAfter === Infinity ? Infinity : 0 }], {
    signal: stop.signal,
    report: (_run, message) => {
      said.push(message);
      if (message.type === 'checkpoint' && message.step === stopAfter) stop.abort();
    },
  });
  return said;
}

/** The last checkpoint. */
export function fileOf(said: readonly TrainerMessage[]): CheckpointFile {
  const { file, sha256 } = said.findLast((message) => message.type === 'checkpoint')!;
  return { file, sha256 };
}

const lasting = (said: readonly TrainerMessage[]) =>
  said.filter(({ type }) => type === 'point' || type === 'evaluated' || type === 'snapshot');

interface Stops {
  readonly steps: number;
  /** Steps at which something begins or ends. */
  readonly boundaries: readonly number[];
  readonly numRuns?: number;
}

/** Stopped after any steps, it says the same and ends with the same bytes. */
export async function expectSameAfterStops(job: () => TrainingJob, { steps, boundaries, numRuns = 5 }: Stops) {
  const whole = await trained(job());
  const step = fc.oneof(fc.integer({ min: 1, max: steps }), fc.constantFrom(...boundaries));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(step, { minLength: 1, maxLength: 3 }), async (stops) => {
      const said: TrainerMessage[] = [];
      const same = job();
      let resume: CheckpointFile | undefined;
      for (const stop of [...stops.sort((a, b) => a - b), Infinity]) {
        const part = await trained({ ...same, resume }, stop);
        if (part.some(({ type }) => type === 'checkpoint')) resume = fileOf(part);
        said.push(...part);
      }
      expect(lasting(said)).toEqual(lasting(whole));
      expect(resume!.sha256).toBe(fileOf(whole).sha256);
    }),
    { numRuns, examples: [[[...boundaries]], [[steps]]] },
  );
  return whole;
}

/** In processes that are killed, too. */
export async function expectSameAfterKills(job: () => TrainingJob, whole: readonly TrainerMessage[]): Promise<void> {
  let [pid, processes, checkpoints] = [0, 0, 0];
  const killed = await run(
    { ...job(), checkpointEvery: 0 },
    {
      onSpawn: (id) => {
        [pid, processes, checkpoints] = [id, processes + 1, 0];
      },
      onMessage: (message) => {
        if (message.type === 'checkpoint' && ++checkpoints === 6 && processes < 3) process.kill(pid, 'SIGKILL');
      },
    },
  );
  expect(killed.restarts).toHaveLength(2);
  expect(killed.outcome.status).toBe('finished');
  expect(fileOf(killed.said).sha256).toBe(fileOf(whole).sha256);
  expect(lastingOf(killed.said)).toEqual(lastingOf(whole));
}
