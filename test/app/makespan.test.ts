import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makespan, type Job } from '../../src-main/app/planning/estimate.ts';

/** Jobs of which each may wait for one that stands before it. */
const jobs = fc
  .array(fc.record({ seconds: fc.integer({ min: 0, max: 50 }), source: fc.option(fc.nat()) }), { maxLength: 20 })
  .map((drawn) =>
    drawn.map(({ seconds, source }, position): Job => {
      const waits = source !== null && position > 0;
      return { key: `${position}`, seconds, source: waits ? `${source % position}` : null };
    }),
  );

test('no shorter than the work divided or the longest chain, no longer than both together', () => {
  fc.assert(
    fc.property(jobs, fc.integer({ min: 1, max: 6 }), (all, workers) => {
      const work = all.reduce((sum, { seconds }) => sum + seconds, 0);
      const ends = new Map<string, number>();
      for (const { key, source, seconds } of all) ends.set(key, (source === null ? 0 : ends.get(source)!) + seconds);
      const chain = Math.max(0, ...ends.values());
      const span = makespan(all, workers);
      expect(span).toBeGreaterThanOrEqual(Math.max(chain, work / workers));
      // Graham (1969): a worker is idle only while the longest chain goes on.
      expect(span).toBeLessThanOrEqual(work / workers + chain);
      if (workers === 1) expect(span).toBe(work);
    }),
  );
});

test('a job takes the first place that is free, in the order of the list', () => {
  const list = [3, 1, 1, 4].map((seconds, position) => ({ key: `${position}`, source: null, seconds }));
  expect(makespan(list, 2)).toBe(6);
});

test('a source that is not among the jobs holds nothing up', () => {
  expect(makespan([{ key: 'A1B', source: 'baseA', seconds: 2 }], 1)).toBe(2);
});
