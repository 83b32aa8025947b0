import { expect, test } from 'vitest';
import type { RunSummary } from '../../src-main/common/contract/activity.ts';
import { scrollFor } from '../../src-renderer/views/filters/gestures.ts';
import { besideOf, showable } from '../../src-renderer/views/filters/networks.ts';

/** What choosing looks at. */
function run(
  name: string,
  kind: RunSummary['kind'],
  target: RunSummary['target'],
  rest: Partial<RunSummary> = {},
): RunSummary {
  const known = { replicate: 0, source: null, state: 'finished', filtersAt: 10 };
  return { ...known, key: name, name, kind, target, ...rest } as RunSummary;
}

const baseA = run('baseA', 'base', 'A');
const baseB = run('baseB', 'base', 'B');
const transfer = run('A3B', 'transfer', 'B', { source: 'baseA' });
const random = run('R3B', 'random', 'B');

test('beside a base stands the other base of its replicate, beside a treatment the base that it is made from', () => {
  const later = run('later baseB', 'base', 'B', { replicate: 1 });
  const runs = [later, baseA, baseB, transfer, random];
  expect(besideOf(baseA, runs)).toBe(baseB);
  expect(besideOf(baseB, runs)).toBe(baseA);
  expect(besideOf(transfer, runs)).toBe(baseA);
  expect(besideOf(later, runs)).toBeUndefined();
});

test('networks that have filters can be chosen, each once and bases first; those that only wait can not', () => {
  const waiting = run('B1B', 'selffer', 'B', { state: 'planned', filtersAt: null });
  const begun = run('B2B', 'selffer', 'B', { state: 'running', filtersAt: null });
  const shared = { ...baseA, replicate: 1 };
  expect(
    showable([transfer, waiting, baseA, begun, baseB, { ...shared, key: 'of its own' }]).map(({ key }) => key),
  ).toEqual(['baseA', 'baseB', 'A3B', 'B2B', 'of its own']);
  expect(showable([baseA, shared])).toHaveLength(1);
});

test('what is under the pointer stays there when everything becomes larger', () => {
  // 300 pixels from the left edge of what is drawn, of which 200 are scrolled away: twice as large it is at 600.
  expect(scrollFor(200, 100, 2)).toBe(500);
  expect(scrollFor(200, 100, 1)).toBe(200);
});
