import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

describe('a study on a simulated cluster whose nodes fail', () => {
  it('ends whole, and asks the scheduler little', async () => {
    const { runs, done, failures, calls, makespan, ideal } = await simulate(72, 5, {
      failuresADay: 0.9,
      look: 120_000,
    });
    expect(done).toBe(runs);
    expect(failures).toBeGreaterThan(0);
    expect(calls).toMatchObject({ find: 0, cancel: 0, setLimit: 0 });
    // Bases come in one array, and what is made from them in few.
    expect(calls.submit).toBeLessThan(runs / 4);
    expect(calls.queue).toBeLessThan((3600 * makespan) / 9);
    expect(makespan / ideal).toBeLessThan(1.5);
  });

  it('keeps the limit of jobs at once over all arrays, and uses it', async () => {
    const { runs, done, most, makespan, ideal } = await simulate(72, 20, { failuresADay: 0, atOnce: 5, look: 120_000 });
    expect(done).toBe(runs);
    expect(most).toBe(5);
    expect(makespan / ideal).toBeLessThan(1.3);
  });
});
