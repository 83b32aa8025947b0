import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { Throttle } from '../../src-main/app/tasks/throttle.ts';

test('values come in order, never closer than asked for, none later than it need be, and the last in any case', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(250), { minLength: 1 }), (pauses) => {
      vi.useFakeTimers();
      try {
        const heard: { value: number; time: number }[] = [];
        const throttle = new Throttle<number>(100, (value) => heard.push({ value, time: performance.now() }));
        const added = pauses.map((pause, value) => {
          vi.advanceTimersByTime(pause);
          throttle.add(value);
          return performance.now();
        });
        const first = heard.at(0);
        vi.advanceTimersByTime(100);
        expect(first).toEqual({ value: 0, time: added[0] });
        expect(heard.at(-1)!.value).toBe(pauses.length - 1);
        for (const [position, { value, time }] of heard.entries()) {
          expect(time - added[value]).toBeLessThanOrEqual(100);
          if (position === 0) continue;
          expect(value).toBeGreaterThan(heard[position - 1].value);
          expect(time - heard[position - 1].time).toBeGreaterThanOrEqual(100);
        }
      } finally {
        vi.useRealTimers();
      }
    }),
  );
});

test('what waits is said at once when it is flushed, and only once', () => {
  const heard: number[] = [];
  const throttle = new Throttle<number>(1e6, (value) => heard.push(value));
  for (const value of [1, 2, 3]) throttle.add(value);
  expect(heard).toEqual([1]);
  throttle.flush();
  throttle.flush();
  expect(heard).toEqual([1, 3]);
});
