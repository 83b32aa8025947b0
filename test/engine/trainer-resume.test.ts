import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { train } from '../../src-main/engine/trainer/train.ts';
import { trainingGround } from './trainer-job.ts';

let ground: Awaited<ReturnType<typeof trainingGround>>;
let whole: TrainerMessage[];
beforeAll(async () => {
  ground = await trainingGround();
  whole = await trainUntil(ground.job(), Infinity);
});
afterAll(() => ground.remove());

/** Trains in this process, with a checkpoint after every step, and stops it exactly after this step. */
async function trainUntil(job: TrainingJob, lastStep: number): Promise<TrainerMessage[]> {
  const said: TrainerMessage[] = [];
  const stop = new AbortController();
  await train([{ ...job, checkpointEvery: lastStep === Infinity ? Infinity : 0 }], {
    signal: stop.signal,
    report: (_run, message) => {
      said.push(message);
      if (message.type === 'checkpoint' && message.step === lastStep) stop.abort();
    },
  });
  return said;
}

const finalOf = (said: readonly TrainerMessage[]) => {
  const final = said.find((message) => message.type === 'checkpoint' && message.final);
  return final?.type === 'checkpoint' ? final.sha256 : undefined;
};
const lasting = (said: readonly TrainerMessage[]) =>
  said.filter(({ type }) => type === 'point' || type === 'evaluated' || type === 'snapshot');

test('a training stopped after any step and resumed says the same and ends with the same bytes', async () => {
  const { steps } = whole[0] as Extract<TrainerMessage, { type: 'started' }>;
  // Among them steps in the middle of a point, at an evaluation, at a snapshot (57), and the last one, whose evaluation
  // is still to come.
  const step = fc.oneof(fc.integer({ min: 1, max: steps }), fc.constantFrom(1, 43, 44, 45, 57, 88, steps));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(step, { minLength: 1, maxLength: 3 }), async (stops) => {
      const job = ground.job();
      const said: TrainerMessage[] = [];
      let resume: TrainingJob['resume'];
      for (const stop of [...stops.sort((a, b) => a - b), Infinity]) {
        const part = await trainUntil({ ...job, resume }, stop);
        expect(part.at(-1)).toMatchObject(stop === Infinity ? { type: 'finished' } : { type: 'stopped', step: stop });
        for (const message of part)
          if (message.type === 'checkpoint') resume = { file: message.file, sha256: message.sha256 };
        said.push(...part);
      }
      expect(lasting(said)).toEqual(lasting(whole));
      expect(finalOf(said)).toBe(finalOf(whole));
    }),
    { numRuns: 8, examples: [[[43, 44, 57]], [[steps]]] },
  );
});

test.each([
  ['by a thread', 0],
  ['by itself', Infinity],
])('so does one whose checkpoints are written %s while it goes on', async (_, large) => {
  const { steps } = whole[0] as Extract<TrainerMessage, { type: 'started' }>;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: steps - 1 }), { maxLength: 2 }), async (stops) => {
      const job = ground.job();
      const said: TrainerMessage[] = [];
      let resume: TrainingJob['resume'];
      for (const lastStep of [...stops.sort((a, b) => a - b), Infinity]) {
        const stop = new AbortController();
        const part: TrainerMessage[] = [];
        const report = (_run: string, message: TrainerMessage) => {
          part.push(message);
          if (message.type !== 'checkpoint') return;
          // Not before it is there under its name: after a crash it is what is gone on from.
          expect(existsSync(message.file)).toBe(true);
          resume = { file: message.file, sha256: message.sha256 };
          if (message.step >= lastStep) stop.abort();
        };
        await train([{ ...job, resume, checkpointEvery: 1e-9 }], { signal: stop.signal, report, writing: { large } });
        said.push(...part);
        const written = part.filter((message) => message.type === 'checkpoint').map(({ step }) => step);
        expect(written).toEqual([...new Set(written)].sort((a, b) => a - b));
        // The last word comes after the last checkpoint, which is of the step that was done last.
        const end = part.at(-1)!;
        expect(end.type).toMatch(/^(stopped|finished)$/);
        if (end.type === 'stopped') expect(written.at(-1)).toBe(end.step);
        if (end.type === 'stopped') continue;
        expect(written.at(-1) ?? steps).toBe(steps);
        break;
      }
      expect(lasting(said)).toEqual(lasting(whole));
      expect(finalOf(said)).toBe(finalOf(whole));
    }),
    { numRuns: 2, examples: [[[1, 44]]] },
  );
});

test('one that is stopped at any moment of an evaluation reports each evaluation once when it has resumed', async () => {
  const trained = async (turnsAfter: number | undefined, resume?: TrainingJob['resume']) => {
    const said: TrainerMessage[] = [];
    const stop = new AbortController();
    const report = (_run: string, message: TrainerMessage) => {
      said.push(message);
      if (turnsAfter === undefined || message.type !== 'point' || message.step !== evaluated.step) return;
      void (async () => {
        for (let turn = 0; turn < turnsAfter; turn++) await new Promise(setImmediate);
        stop.abort();
      })();
    };
    await train([ground.job({ resume, evaluations: 3 }, { epochs: 6 })], { signal: stop.signal, report });
    return said;
  };
  const undisturbed = await trained(undefined);
  const evaluated = undisturbed.find((message) => message.type === 'evaluated')!;
  for (let turns = 0; turns < 8; turns++) {
    const before = await trained(turns);
    const checkpoint = before.findLast((message) => message.type === 'checkpoint')!;
    const after =
      before.at(-1)!.type === 'finished'
        ? []
        : await trained(undefined, { file: checkpoint.file, sha256: checkpoint.sha256 });
    expect(lasting([...before, ...after]), `stopped ${turns} turns of the event loop after the step`).toEqual(
      lasting(undisturbed),
    );
  }
});

test('one whose checkpoints cannot be written in the background fails, and says nothing after that', async () => {
  const job = ground.job({ checkpointEvery: 0 });
  const said: TrainerMessage[] = [];
  await writeFile(job.checkpoints, 'a file where the folder should be');
  await train([job], {
    signal: new AbortController().signal,
    report: (_run, message) => said.push(message),
    writing: { large: 0 },
  });
  expect(said.filter(({ type }) => type === 'checkpoint')).toEqual([]);
  expect(said.at(-1)).toMatchObject({ type: 'failed', reason: expect.stringContaining("Can't write a checkpoint in") });
});

test('a checkpoint of more steps than the training has is refused', async () => {
  const final = whole.find((message) => message.type === 'checkpoint')!;
  const said: TrainerMessage[] = [];
  const resume = { file: final.file, sha256: final.sha256 };
  await train([ground.job({ resume }, { epochs: 1 })], {
    signal: new AbortController().signal,
    report: (_run, message) => said.push(message),
  });
  expect(said).toEqual([
    {
      type: 'failed',
      step: 0,
      reason: `The checkpoint ${final.file} is of step ${final.step}, but the training has only 5.`,
      seconds: expect.anything(),
    },
  ]);
});
