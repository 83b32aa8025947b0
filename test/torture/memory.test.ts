import { expect, test } from 'vitest';
import { slopes, type Sample } from '../../tools/torture/memory.ts';

test('memory that grows by 2 MiB an hour has that slope, whatever it did in the beginning', () => {
  const samples = Array.from({ length: 61 }, (_, minute) => {
    const even = minute < 10 ? 900 - 80 * minute : 100 + minute / 30;
    // Up and down by turns, which is no growth.
    return new Proxy({ minute } as Sample, {
      get: (_, name) => (name === 'minute' ? minute : name === 'main: heap' ? even : 50 + (minute % 2)),
    });
  });
  const rows = slopes(samples, 10).split('\n');
  expect(rows.find((row) => row.startsWith('main: heap'))).toContain(
    'first 100.3 MiB, last 102.0 MiB, 2.00 ±0.00 MiB an hour',
  );
  expect(rows.find((row) => row.startsWith('page: nodes'))).toMatch(
    /first 50\.0, last 50\.0, -?0\.\d+ ±0\.2\d an hour/,
  );
});
