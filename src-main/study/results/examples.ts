import type {
  AccuracyCurve,
  AccuracyPoint,
  Crossover,
  ExampleCurve,
  ExamplePoint,
} from '../../common/results/accuracy.ts';
import type { Interval } from '../../common/results/intervals.ts';
import { type Half, treatmentName } from '../../common/treatments/treatments.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Split } from '../../data/split.ts';
import type { Protocol } from '../plan/protocol.ts';
import { accuracyCurves, type Pooling, type RunResult } from './curves.ts';
import { differences } from './effects.ts';
import { mean } from './statistics.ts';

/** A finished run of a study with few target examples. */
export interface ExampleResult extends RunResult {
  /** Training images of each target class; absent: all that the study uses. */
  readonly examples?: number;
}

/** The networks that were trained on all images that a study uses, which curves, effects and statements are about. */
export const onAllImages = <Result extends { readonly examples?: number }>(results: readonly Result[]): Result[] =>
  results.filter(({ examples }) => examples === undefined);

/**
 * The number of all images of a target class, averaged over classes and replicates, at which `all` stands on the
 * axis.
 */
export type AllImages = Readonly<Record<Half, number>>;

export function allImages(
  { imagesPerClass }: Pick<Protocol, 'imagesPerClass'>,
  { classes, trainCounts }: Pick<ImageSetIndex, 'classes' | 'trainCounts'>,
  splits: readonly Split[],
): AllImages {
  const of = (half: 'a' | 'b') =>
    imagesPerClass ?? mean(splits.flatMap((split) => split[half].map((name) => trainCounts[classes.indexOf(name)])));
  return { A: of('a'), B: of('b') };
}

/**
 * Accuracy against the number of images of each target class: training from scratch and every treatment at every n, B
 * first, in the order of the curves. Intervals are as for the curves (over replicates, or over the held-out images of
 * one). The gain is paired with training from scratch on the same images. Empty for a study without few target
 * examples.
 */
export function exampleCurves(results: readonly ExampleResult[], pooling: Pooling, all: AllImages): ExampleCurve[] {
  if (results.every(({ examples }) => examples === undefined)) return [];
  const points = [...Map.groupBy(results, ({ examples }) => examples)].flatMap(([k, ofK]) =>
    pointsOf(ofK, k, pooling, all),
  );
  // A base that is only transferred from has nothing to compare, because it is trained on all images only.
  const halves = new Set(results.flatMap(({ examples, target }) => (examples === undefined ? [] : [target])));
  const isCompared = ({ about: { kind, target } }: Placed) =>
    kind !== 'base' || pooling.directions === 'pooled' || halves.has(target);
  const compared = points.filter(isCompared);
  const curves = Map.groupBy(compared, ({ about, point }) => `${about.target} ${about.kind} ${point.n}`);
  return [...curves.values()].map((members) => {
    const [{ about, point }] = members;
    const { kind, target, name: curve } = about;
    const { n } = point;
    const rising = members.map(({ at }) => at).sort((a, b) => a.examples - b.examples);
    return {
      ...{ name: treatmentName({ kind, n, target }), curve, kind, n, target, points: rising },
      crossover: kind === 'base' ? null : crossoverOf(rising),
    };
  });
}

interface Placed {
  readonly about: AccuracyCurve;
  readonly point: AccuracyPoint;
  readonly at: ExamplePoint;
}

/** The points of all curves at one k; undefined: all images. */
function pointsOf(results: readonly RunResult[], k: number | undefined, pooling: Pooling, all: AllImages): Placed[] {
  return accuracyCurves(results, pooling).flatMap((about) => {
    const { kind, target } = about;
    const ofTarget = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
    const gains = kind === 'base' ? [] : differences(ofTarget, kind, 'base', pooling.splitOf);
    return about.points.map((point) => {
      const { n, ...accuracy } = point;
      const gain = gains.find((other) => other.n === n);
      const dots = about.dots.filter((dot) => dot.n === n);
      return {
        about,
        point,
        at: { ...accuracy, examples: k ?? all[target], all: k === undefined, gain: gain ?? null, dots },
      };
    });
  });
}

interface Measured {
  readonly examples: number;
  /** The treatment less training from scratch. */
  readonly gain: { readonly points: number; readonly interval: Interval; readonly units: number } | null;
}

/** The fewest independent values for which a range of the crossing is useful: with two, Student's t is 12.7. */
const ENOUGH = 3;

/**
 * The crossover of measurements in ascending order. The range inverts the intervals of the difference (as Fieller
 * does for a ratio): it ends where their lower and upper bounds cross zero, so it is open where they don't. It holds
 * at each k by itself, not for all k at once. Null without a pair.
 */
export function crossoverOf(measured: readonly Measured[]): Crossover | null {
  const points = measured.flatMap(({ examples, gain }) => (gain ? [{ examples, ...gain }] : []));
  if (points.length === 0) return null;
  const crossing = (value: (point: (typeof points)[number]) => number) =>
    lastCrossing(points.map((point) => ({ examples: point.examples, value: value(point) })));
  const middle = crossing(({ points: mean }) => mean);
  const certain = points.every(({ units }) => units >= ENOUGH);
  return {
    state: middle === 'after' ? 'still ahead' : middle === 'before' ? 'never ahead' : 'crossed',
    examples: typeof middle === 'number' ? middle : null,
    range: certain
      ? {
          low: within(
            crossing(({ interval }) => interval.low),
            { before: null, after: points.at(-1)!.examples },
          ),
          high: within(
            crossing(({ interval }) => interval.high),
            { before: points[0].examples, after: null },
          ),
        }
      : null,
  };
}

type Crossing = number | 'before' | 'after';

const within = (crossing: Crossing, outside: Readonly<Record<'before' | 'after', number | null>>): number | null =>
  typeof crossing === 'number' ? crossing : outside[crossing];

/** The number of images from which on no value is above zero. */
function lastCrossing(series: readonly { examples: number; value: number }[]): Crossing {
  const ahead = series.findLastIndex(({ value }) => value > 0);
  if (ahead < 0) return 'before';
  if (ahead === series.length - 1) return 'after';
  const [left, right] = [series[ahead], series[ahead + 1]];
  const part = left.value / (left.value - right.value);
  return Math.exp(Math.log(left.examples) + part * Math.log(right.examples / left.examples));
}
