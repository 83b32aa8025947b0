import type { ExampleCurve, ExamplePoint } from '../results/accuracy.ts';

/** A number of images of each target class, and how it is named: `5`, `all (500)`. */
export interface ExampleTick {
  readonly examples: number;
  readonly name: string;
}

/** Every k that has a point, rising. */
export function exampleTicks(curves: readonly ExampleCurve[]): ExampleTick[] {
  const points = new Map(curves.flatMap((curve) => curve.points).map((point) => [point.examples, point]));
  return [...points.values()]
    .sort((a, b) => a.examples - b.examples)
    .map((point) => ({ examples: point.examples, name: exampleName(point) }));
}

export const exampleName = ({ examples, all }: Pick<ExamplePoint, 'examples' | 'all'>): string =>
  all ? `all (${Math.round(examples)})` : String(examples);

/** Where lines cross, to two digits, because more can't be known. */
export const aboutImages = (k: number): string => String(Number(k.toPrecision(2)));

/** The curves of one target and n, with training from scratch last. */
export function curvesAt<Curve extends Pick<ExampleCurve, 'kind' | 'n' | 'target'>>(
  curves: readonly Curve[],
  target: Curve['target'],
  n: number,
): Curve[] {
  const ofTarget = curves.filter((curve) => curve.target === target);
  return [
    ...ofTarget.filter((curve) => curve.kind !== 'base' && curve.n === n),
    ...ofTarget.filter(({ kind }) => kind === 'base'),
  ];
}

/** The n that something was transplanted at, rising. */
export const exampleLayers = (curves: readonly ExampleCurve[], target: ExampleCurve['target']): number[] =>
  [...new Set(curves.filter((curve) => curve.target === target && curve.kind !== 'base').map(({ n }) => n))].sort(
    (a, b) => a - b,
  );
