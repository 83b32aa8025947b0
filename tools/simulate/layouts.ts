import { judge } from '../../src-main/study/statements/judge.ts';
import { PAPER_BOOST } from '../../src-main/study/statements/resolution.ts';
import { STATEMENTS } from '../../src-main/study/statements/statements.ts';
import { evidenceOf, type Kind, KINDS, LAYERS, type Layout, type Mean, named, rate, simulate } from './studies.ts';

/** What studies of a layout find, where every effect is as large as the paper's. */

/**
 * Differences from the base by n = 1..7, in points of top-1: frozen ones of the paper's logs (Figure 2), fine-tuned ones of its
 * Table 1, whose boost over the base is 1.6 points on average and over the selffer 1.4.
 */
const PAPER: Partial<Record<Kind, readonly number[]>> = {
  selffer: [0.3, 0, -0.2, -1.9, -2.9, -0.4, 0],
  transfer: [0.3, -0.1, -0.6, -2.5, -4.7, -4.4, -8.3],
  'selffer+': LAYERS.map(() => 0.2),
  'transfer+': LAYERS.map(() => PAPER_BOOST),
  random: [-8, -17, -57, -56, -53, -56, -56],
};
export const asInThePaper: Mean = (kind, n) => PAPER[kind]![n - 1];

/** Shares of studies with the verdict “supported” on each statement about one study. */
export function found(
  studies: number,
  layout: Layout,
  { images, mean = asInThePaper }: { images: number; mean?: Mean },
): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  rate(studies, `layout ${named(layout)} ${images}`, (stream) => {
    const { runs } = simulate(stream, layout, KINDS, LAYERS, mean, { images });
    for (const { statement, verdict } of judge([evidenceOf(runs, {})]))
      if (statement.halves === 'own')
        times.set(statement.title, (times.get(statement.title) ?? 0) + Number(verdict === 'supported'));
    return false;
  });
  return new Map([...times].map(([title, count]) => [title, count / studies]));
}

if (import.meta.main) {
  const studies = Number(process.argv[2] ?? 1000);
  const titles = STATEMENTS.filter(({ halves }) => halves === 'own').map(({ title }) => title);
  console.log(`| splits × seeds | held-out images | ${titles.join(' | ')} |`);
  console.log(`| --- | --- | ${titles.map(() => '---').join(' | ')} |`);
  for (const images of [500, 1000, 2000, 5000])
    for (const [splits, seeds] of [
      [3, 1],
      [6, 1],
      [9, 1],
      [12, 1],
      [3, 3],
    ]) {
      const shares = found(studies, { splits, seeds }, { images });
      const cells = titles.map((title) => (100 * shares.get(title)!).toFixed(0));
      console.log(`| ${splits} × ${seeds} | ${images} | ${cells.join(' | ')} |`);
    }
}
