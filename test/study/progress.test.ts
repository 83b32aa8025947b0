import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src-main/random.ts';
import type { RunOutline } from '../../src-main/study/run/events.ts';
import { StudyProgress } from '../../src-main/study/run/progress.ts';

/** Bases, transfers whose steps are cheap as most of their layers are frozen, and fine-tuned ones that cost as bases do. */
const RUNS: RunOutline[] = [
  ...['baseA', 'baseB'].map((name) => outline(name, 1)),
  ...[1, 2, 3, 4].map((n) => outline(`A${n}B`, 0.25)),
  ...[1, 2, 3, 4].map((n) => outline(`A${n}B+`, 1)),
];

function outline(name: string, work: number): RunOutline {
  return { run: name, name, replicate: 0, steps: 1000, work, status: 'planned' };
}

/** Trains all of them one after the other, each after seconds in which it has no step, and says at each second what was told of the rest, and what it took. */
function simulate(slowness: (second: number) => number, start = 0): { second: number; said: number; left: number }[] {
  let second = 0;
  const progress = new StudyProgress(
    { type: 'study-started', study: 'study', name: 'study', runs: RUNS },
    () => second,
  );
  const told: { second: number; said: number }[] = [];
  for (const { run, name, work = 1, steps } of RUNS) {
    progress.update({ type: 'run-started', run, name, attempt: 1, threads: 1, fromStep: 0 });
    second += start;
    for (let done = 0; done < steps;) {
      second += 1;
      done = Math.min(steps, done + 2 / work / slowness(second));
      const message = {
        type: 'progress',
        step: Math.floor(done),
        learningRate: 1,
        imagesPerSecond: 1,
        loss: 1,
        accuracy: 0,
      };
      progress.update({ type: 'run-message', run, name, message } as never);
      const said = progress.secondsLeft;
      if (said !== undefined) told.push({ second, said });
    }
    progress.update({ type: 'run-finished', run, name, accuracy: 0.5, seconds: 1 });
  }
  return told.map(({ second: at, said }) => ({ second: at, said, left: second - at }));
}

/** The share of the seconds after the first minute at which what was said is within 25% of what it took. */
function within(told: ReturnType<typeof simulate>): number {
  const after = told.filter(({ second, left }) => second > 60 && left > 60);
  return after.filter(({ said, left }) => Math.abs(said - left) <= 0.25 * left).length / after.length;
}

describe('the time that is left', () => {
  test('is within 25% after the first minute, though the trainings cost unequally much', () => {
    expect(within(simulate(() => 1))).toBe(1);
  });

  test('is not told from the seconds in which the first training had no step yet', () => {
    const [first] = simulate(() => 1, 20);
    expect(Math.abs(first.said - first.left)).toBeLessThan(0.25 * first.left);
  });

  test('is so nearly always on a machine that others use now and then', () => {
    const random = new RandomStream('other programs');
    let busy = 0;
    const slowness = () => {
      // Loads of some 20 seconds.
      busy = 0.95 * busy + 0.3 * random.gaussian();
      return Math.exp(0.3 * busy);
    };
    expect(within(simulate(slowness))).toBeGreaterThan(0.9);
  });

  test('follows a machine that has got slower for good', () => {
    const told = simulate((second) => (second < 600 ? 1 : 3));
    const later = told.filter(({ second, left }) => second > 600 + 600 && left > 60);
    expect(within(later)).toBeGreaterThan(0.9);
  });
});
