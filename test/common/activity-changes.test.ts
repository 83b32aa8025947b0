import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterChanges, changesSince } from '../../src-main/common/activity-changes.ts';
import type { Activity, RunSummary } from '../../src-main/common/contract/activity.ts';

const run = (place: number, step: number): RunSummary => ({
  ...{ key: `k${place % 3}`, name: `A${place}B`, replicate: place % 2, kind: 'transfer', n: 1, target: 'B' },
  ...{ source: null, state: 'running', reused: false, step, steps: 9, loss: null, accuracy: null },
  ...{ imagesPerSecond: null, secondsLeft: null, seconds: 0, problem: null, filtersAt: null, curveAt: 0 },
});

const activity = (stored: number, study: string | null, runs: RunSummary[]): Activity => ({
  ...{ stored, moved: false, imports: [], preparing: null, queue: { held: false, waiting: [] }, notices: [] },
  study:
    study === null
      ? null
      : {
          ...{ study, name: study, phase: 'training', fraction: 0, secondsLeft: null },
          imagesPerSecond: 1,
          workers: 1,
          runs,
        },
});

/** What goes on, snapshot after snapshot: a study begins, its runs go on, another takes its place, or none. */
const snapshots = fc
  .array(
    fc.record({
      study: fc.constantFrom(null, 'one', 'one', 'other'),
      goesOn: fc.uniqueArray(fc.nat(4)),
      begunAnew: fc.boolean(),
    }),
  )
  .map((changes) => {
    const runs: Record<string, RunSummary[]> = {};
    return changes.map(({ study, goesOn, begunAnew }, at) => {
      if (study === null) return activity(at, null, []);
      const before = (!begunAnew && runs[study]) || Array.from({ length: 5 }, (_, place) => run(place, 0));
      runs[study] = before.map((one, place) => (goesOn.includes(place) ? run(place, at + 1) : one));
      return activity(at, study, runs[study]);
    });
  });

it('tells a page that hears only of changes what every snapshot says', () => {
  fc.assert(
    fc.property(snapshots, (all) => {
      let said: Activity | undefined;
      let heard: Activity | undefined;
      for (const now of all) {
        // As it crosses to the page.
        const changes = JSON.parse(JSON.stringify(changesSince(said, now))) as Activity;
        said = now;
        heard = afterChanges(heard, changes);
        expect(heard).toEqual(now);
      }
    }),
  );
});

it('says nothing again of a training that has not changed', () => {
  const runs = Array.from({ length: 300 }, (_, place) => run(place, 0));
  const before = activity(1, 'one', runs);
  const now = activity(1, 'one', runs.with(7, run(7, 5)));
  expect(changesSince(before, now).study?.runs).toEqual([run(7, 5)]);
  // What a screen draws of it stays as it is.
  expect(afterChanges(before, changesSince(before, now)).study?.runs[8]).toBe(runs[8]);
  expect(changesSince(before, activity(1, 'other', runs)).study?.runs).toHaveLength(300);
});
