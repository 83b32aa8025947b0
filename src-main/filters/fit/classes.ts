import type { FilterClass } from '../../common/results/filters.ts';
import type { Plane } from '../bank.ts';
import { energyOf, type Component } from '../colour.ts';
import { BLOB_PARAMETERS, blobBasis } from './blob.ts';
import { EDGE_PARAMETERS, edgeBasis } from './edge.ts';
import { GABOR_PARAMETERS, gaborAt } from './gabor.ts';
import { isPlaid, PLAID_PARAMETERS, plaidExplained } from './plaid.ts';
import { type Basis, projectionAt } from './projection.ts';
import type { FitParameters } from './search.ts';
import { SLOPE_PARAMETERS, slopeBasis, SPOT_PARAMETERS, spotBasis } from './slope.ts';
import { ROUND_STEP_PARAMETERS, roundStepBasis, STEP_PARAMETERS, stepBasis } from './step.ts';
import { SMOOTH_PARAMETERS, smoothNoise } from './smooth-noise.ts';
import {
  CHECKERBOARD_PARAMETERS,
  checkerboardExplained,
  GRATING_PARAMETERS,
  gratingBasis,
  isCheckered,
  isGrating,
} from './waves.ts';

/** All thresholds that decide a filter's class. */
export const THRESHOLDS = {
  /**
   * By how much the best function must beat noise, in units of BIC: 6 is odds of 20 to 1 (Kass and Raftery 1995). If
   * more than 2% of random filters of the same size reach it, what 2% of them reach is used instead (`calibration.ts`).
   */
  overNoise: 6,
  untrainedQuantile: 0.98,
  /** By how much the best class must beat the second best; otherwise the class is `unclear`. */
  apart: 6,
  /** The same in kernels of few pixels. */
  apartOfFew: 12,
  /** By how much a function must beat a special case of it; otherwise the class is that of the special case. */
  nested: 6,
  /** The same where the bank tells how strong noise is: nothing then makes up for the search of the function's numbers. */
  nestedShared: 8,
  /** Cycles of a Gabor function within the kernel (frequency times its larger side). With fewer it is called an edge. */
  cycles: 0.75,
  /** Cycles within the width of its envelope (frequency times `across`); an odd one with fewer is an edge, too. */
  cyclesAcross: 0.27,
  /** A filter is dead if its norm is less than this fraction of the median norm of its bank. */
  norm: 0.1,
  /** The least share of noise that a filter is assumed to have. */
  leastNoise: 1e-4,
  /** So many pixels the noise level of a bank counts for in each of its filters. */
  bankPixels: 25,
  /** Noise of a filter is of its bank's level if it is no more than so many times as strong or as weak. */
  sameLevel: 3,
  /** Kernels of fewer pixels have too few to tell noise from the function: the rest of the filter counts as noise, too. */
  fewPixels: 25,
} as const;

type Structure = 'gabor' | 'edge' | 'blob' | 'grating' | 'plaid' | 'checkerboard';

/** What decides the class of a filter: how well models describe its dominant component. */
export interface Evidence {
  readonly component: Component['kind'];
  /** BIC of the best model of each kind; less is better. */
  readonly scores: Readonly<Record<Structure | 'noise', number>>;
  /** Whether the kernel has few pixels. */
  readonly few: boolean;
  /** Whether its bank told how strong its noise is. */
  readonly shared: boolean;
  /** Kinds whose best model has so many numbers that it would fit any plane of so few pixels. */
  readonly fitAny: readonly Structure[];
}

/** A function fitted to a plane. */
interface Model {
  readonly kind: Structure;
  /** Share of the plane's sum of squares. */
  readonly explained: number;
  /** Numbers that were fitted. */
  readonly parameters: number;
}

/** All functions, at the parameters that were found for them. Some kinds have a simple one and a flexible one. */
export function modelsOf(plane: Plane, found: FitParameters): Model[] {
  const explained = (basisOf: (plane: Plane) => Basis, parameters: readonly number[]) =>
    projectionAt(plane.values, basisOf(plane), parameters).explained;
  const gabor = gaborAt(plane, found.gabor);
  const odd = Math.abs(Math.sin((gabor.phase * Math.PI) / 180)) > Math.SQRT1_2;
  const isEdge =
    gabor.frequency * Math.max(plane.rows, plane.columns) < THRESHOLDS.cycles ||
    (odd && gabor.frequency * gabor.across < THRESHOLDS.cyclesAcross);
  const grating = { explained: explained(gratingBasis, found.grating), parameters: GRATING_PARAMETERS };
  return [
    { kind: isEdge ? 'edge' : 'gabor', explained: gabor.explained, parameters: GABOR_PARAMETERS },
    { kind: 'edge', explained: explained(edgeBasis, found.edge), parameters: EDGE_PARAMETERS },
    { kind: 'edge', explained: explained(stepBasis, found.step), parameters: STEP_PARAMETERS },
    { kind: 'edge', explained: explained(roundStepBasis, found.roundStep), parameters: ROUND_STEP_PARAMETERS },
    { kind: 'edge', explained: explained(slopeBasis, found.slope), parameters: SLOPE_PARAMETERS },
    { kind: 'blob', explained: explained(blobBasis, found.blob), parameters: BLOB_PARAMETERS },
    { kind: 'blob', explained: explained(spotBasis, found.spot), parameters: SPOT_PARAMETERS },
    ...(isGrating(found.grating, plane)
      ? [{ kind: isCheckered(found.grating) ? 'checkerboard' : 'grating', ...grating } as const]
      : []),
    ...(isPlaid(found.plaid, plane)
      ? [{ kind: 'plaid', explained: plaidExplained(plane, found.plaid), parameters: PLAID_PARAMETERS } as const]
      : []),
    { kind: 'checkerboard', explained: checkerboardExplained(plane), parameters: CHECKERBOARD_PARAMETERS },
  ];
}

/** The dominant component of a filter, with the functions that were fitted to it. */
export interface FittedPlane {
  readonly kind: Component['kind'];
  readonly plane: Plane;
  /** Sum of squares of the plane. */
  readonly energy: number;
  readonly pixels: number;
  readonly models: readonly Model[];
}

export const fittedPlane = ({ kind, plane }: Component, found: FitParameters): FittedPlane => ({
  ...{ kind, plane, energy: energyOf(plane.values), pixels: plane.values.length },
  models: modelsOf(plane, found),
});

/** What is known of a filter beside its dominant component. */
interface Surroundings {
  /** Sum of squares of the whole filter. */
  readonly energy: number;
  /** Of how many planes the filter consists, such as luminance and two of colour. */
  readonly planes: number;
  /** The variance of the noise that the filters of its bank have in common; absent: it is a filter by itself. */
  readonly level?: number;
}

/**
 * Compares models of a filter's dominant component, each with its own number of parameters, by BIC. Noise is white or smooth. How strong
 * it is, is known as well as the bank tells; where the filter's own noise is of another strength, as well as the filter does, with the
 * correction for few pixels (Hurvich and Tsai 1989).
 */
export function compareModels(fitted: FittedPlane, { energy, planes, level }: Surroundings): Evidence {
  const { kind, plane, models, pixels } = fitted;
  const few = pixels < THRESHOLDS.fewPixels;
  const shared = !few && level !== undefined && isOfLevel(fitted, level);
  const score = few
    ? // What is not in the component tells how strong noise is, if pixels are few.
      ownScore(fitted, planes * pixels, Math.max(0, energy - fitted.energy))
    : shared
      ? sharedScore(fitted, level)
      : ownScore(fitted, pixels, 0);
  const log = Math.log(pixels);
  const smooth = few ? Infinity : smoothNoise(plane) + (SMOOTH_PARAMETERS + 1) * log;
  // Noise may have a level of its own.
  const white = shared ? Math.min(score(0, 0), pixels * Math.log(fitted.energy / pixels) + log) : score(0, 0);
  const best = (structure: Structure) =>
    models
      .filter((model) => model.kind === structure)
      .map(({ explained, parameters }) => ({ score: score(explained, parameters), parameters }))
      .reduce((least, one) => (one.score < least.score ? one : least), { score: Infinity, parameters: 0 });
  const bests = STRUCTURES.map((one) => [one, best(one)] as const);
  const structures = Object.fromEntries(bests.map(([one, { score }]) => [one, score])) as Record<Structure, number>;
  const fitAny = bests.flatMap(([one, { parameters }]) => (parameters + 1 >= pixels ? [one] : []));
  return { component: kind, few, shared, fitAny, scores: { ...structures, noise: Math.min(white, smooth) } };
}

/** BIC of a model that explains such a share of a plane with so many numbers. */
type Score = (explained: number, parameters: number) => number;

/** What a model leaves of a plane, as a sum of squares. */
const leftOf = ({ energy }: FittedPlane, explained: number): number =>
  Math.max(THRESHOLDS.leastNoise, 1 - explained) * energy;

/** The strength of the noise is estimated from these pixels, of which `rest` is left by every model. */
const ownScore =
  (fitted: FittedPlane, pixels: number, rest: number): Score =>
  (explained, parameters) => {
    const free = pixels - parameters - 2;
    if (free < 1) return Infinity;
    const numbers = parameters + 1;
    const correction = (2 * numbers * (numbers + 1)) / free;
    return pixels * Math.log((leftOf(fitted, explained) + rest) / pixels) + numbers * Math.log(pixels) + correction;
  };

/** The bank's level counts as if so many further pixels had told it: levels of filters differ by a quarter or so. */
const sharedScore =
  (fitted: FittedPlane, level: number): Score =>
  (explained, parameters) => {
    const { bankPixels } = THRESHOLDS;
    const all = fitted.pixels + bankPixels;
    const left = leftOf(fitted, explained) + bankPixels * level;
    return all * Math.log(left / all) - bankPixels * Math.log(level) + parameters * Math.log(fitted.pixels);
  };

/** Whether what the best model leaves of a filter is noise of about this level. */
function isOfLevel(fitted: FittedPlane, level: number): boolean {
  const score = sharedScore(fitted, level);
  const best = fitted.models.reduce((least, one) =>
    score(one.explained, one.parameters) < score(least.explained, least.parameters) ? one : least,
  );
  const own = leftOf(fitted, best.explained) / Math.max(1, fitted.pixels - best.parameters);
  return own >= level / THRESHOLDS.sameLevel && own <= level * THRESHOLDS.sameLevel;
}

/** By how much the best function beats noise. */
export const overNoiseOf = ({ scores }: Evidence): number =>
  scores.noise - Math.min(...STRUCTURES.map((one) => scores[one]));

/**
 * The best function, and whether it is apart from every other kind. Where a special case of it beats noise, too, and is nearly as good,
 * that is the best.
 */
function bestOf({ scores, few, shared }: Evidence, least: number): { name: Structure; apart: boolean } {
  const ranked = STRUCTURES.map((one) => [one, scores[one]] as const).sort((a, b) => a[1] - b[1]);
  const [[general, lowest]] = ranked;
  const nested = shared ? THRESHOLDS.nestedShared : THRESHOLDS.nested;
  const isEnough = ([one, score]: readonly [Structure, number]) =>
    isSpecial(one, general) && score - lowest < nested && scores.noise - score >= least;
  const [name, best] = ranked.find(isEnough) ?? ranked[0];
  const enough = few ? THRESHOLDS.apartOfFew : THRESHOLDS.apart;
  const isApart = ([other, score]: readonly [Structure, number]) =>
    other === name || isSpecial(name, other) || isSpecial(other, name) || score - best >= enough;
  return { name, apart: ranked.every(isApart) };
}

const STRUCTURES = ['gabor', 'edge', 'blob', 'grating', 'plaid', 'checkerboard'] as const;

/** A grating is a Gabor function without an end, and a grating or a checkerboard a plaid. */
const isSpecial = (one: Structure, of: Structure): boolean =>
  (one === 'grating' || one === 'checkerboard') && (of === 'gabor' || of === 'plaid');

/** The class of a filter that is not dead. @param least by how much a function must beat noise */
export function classOf(evidence: Evidence, least: number): Exclude<FilterClass, 'dead'> {
  if (overNoiseOf(evidence) < least) return 'noise';
  const { name, apart } = bestOf(evidence, least);
  if (!apart || evidence.fitAny.includes(name)) return 'unclear';
  if (name === 'blob') return evidence.component === 'colour' ? 'colour blob' : 'grey blob';
  return name;
}
