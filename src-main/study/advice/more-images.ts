import { exampleName } from '../../common/charts/example-axis.ts';
import { counted, inPercent, signed, signedRange } from '../../common/numbers.ts';
import type { Advice } from '../../common/results/advice.ts';
import type { ExampleCurve } from '../../common/results/accuracy.ts';

/** With what more images of each class would bring, where the study has trained on few. */
export const withMoreImages = (advice: readonly Advice[], examples: readonly ExampleCurve[]): Advice[] =>
  advice.map((one) => ({ ...one, moreImages: moreImages(one, examples) }));

/**
 * What the last step to more images brought the advised choice, and what twice as many would, if it went on by the logarithm of
 * their number. Null without two points.
 */
function moreImages({ choice, target }: Advice, examples: readonly ExampleCurve[]): string | null {
  const points = examples.find((curve) => curve.name === choice && curve.target === target)?.points ?? [];
  const [before, last] = points.slice(-2);
  if (points.length < 2 || last.examples <= before.examples) return null;
  const list = new Intl.ListFormat('en-GB');
  const measured = `With ${list.format(points.map(exampleName))} images of each class, ${choice} gets ${list.format(points.map(({ accuracy }) => `${inPercent(accuracy)}%`))}.`;
  const gain = 100 * (last.accuracy - before.accuracy);
  const doubling = (gain * Math.LN2) / Math.log(last.examples / before.examples);
  const half = Math.hypot(...[before, last].map(({ interval: { low, high } }) => 50 * (high - low)));
  const step = `The last step brought ${signed(gain)} points (${signedRange({ low: gain - half, high: gain + half })}, ${counted(last.replicates, 'replicate')})`;
  const more =
    gain - half <= 0
      ? 'so more images of each class may bring nothing'
      : `if it went on so, twice as many images would bring about ${signed(Math.min(doubling, 100 * (1 - last.accuracy)))} points`;
  return `${measured} ${step}; ${more}.`;
}
