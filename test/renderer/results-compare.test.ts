import { expect, test } from 'vitest';
import type { StudyResults } from '../../src-main/common/contract/studies.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { accuracyRows, protocolRows } from '../../src-renderer/views/results/compare.ts';
import type { ShownStudy } from '../../src-renderer/views/results/points.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

function shown(replicates: number, layers: number[]): ShownStudy {
  const { curves } = analyse(madeUpStudy({ replicates, layers }));
  const none = { differences: [], splits: [], parameters: [], cuts: [] };
  return { id: '1', name: 'one', layers, curves: curves.filter(({ target }) => target === 'B'), ...none };
}

test('each treatment and n of either study has a row, with both means and how far the second is above', () => {
  const [one, other] = [shown(2, [1, 3]), shown(3, [3, 5])];
  const rows = accuracyRows(one, other);
  const transfer = rows.filter(([name]) => name === 'AnB');
  expect(transfer.map(([, n]) => n)).toEqual(['1', '3', '5']);
  const [only, both, second] = transfer;
  expect(only[2]).toMatch(/^\d+\.\d \(\d+\.\d–\d+\.\d\) ×2$/);
  expect(only.slice(3)).toEqual(['–', '–']);
  expect(second[2]).toBe('–');
  const at = (study: ShownStudy) =>
    study.curves.find(({ name }) => name === 'AnB')!.points.find(({ n }) => n === 3)!.accuracy;
  const points = 100 * (at(other) - at(one));
  expect(Number(both[4].replace('−', '-'))).toBeCloseTo(points, 1);
  expect(both[3]).toContain('×3');
});

test('of two protocols what differs is named, and not what differs between any two studies', () => {
  const results = (id: string, layers: string, machine: string) =>
    ({
      protocol: [
        {
          title: 'Study',
          facts: [
            { name: 'Id', value: id },
            { name: 'Layers n', value: layers },
          ],
        },
        { title: 'Training', facts: [{ name: 'Epochs', value: '20' }] },
        { title: 'Machine and software', facts: [{ name: 'Processor', value: machine }] },
      ],
    }) as unknown as StudyResults;
  expect(protocolRows(results('a', '1, 3', 'x'), results('b', '1, 5', 'y'))).toEqual([
    ['Study: Layers n', '1, 3', '1, 5'],
  ]);
  expect(protocolRows(results('a', '1', 'x'), results('b', '1', 'y'))).toEqual([]);
});
