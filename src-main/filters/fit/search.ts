import type { Tensor } from '../../network/weights.ts';
import { bankShape, type Plane, type PlaneSize } from '../bank.ts';
import { dominantComponent } from '../colour.ts';
import { blobSpace, searchBlob } from './blob.ts';
import { edgeSpace, searchEdge } from './edge.ts';
import { gaborSpace, searchGabor } from './gabor.ts';
import type { SearchSpace } from './parameter-search.ts';
import { plaidSpace, searchPlaid } from './plaid.ts';
import { gaussianSpace, slopeSpace, searchSlope, searchSpot } from './slope.ts';
import { roundStepSpace, searchRoundStep, searchStep, stepSpace } from './step.ts';
import { gratingSpace, searchGrating } from './waves.ts';

/** Raise this with every change of the results of a search: cached ones are of one version (`fit-cache.ts`). */
export const SEARCH_VERSION = 5;

/** The functions whose parameters are searched, in the order in which they are cached, with their bounds. */
export const SPACES = {
  gabor: gaborSpace,
  blob: blobSpace,
  spot: gaussianSpace,
  edge: edgeSpace,
  step: stepSpace,
  roundStep: roundStepSpace,
  slope: slopeSpace,
  grating: gratingSpace,
  plaid: plaidSpace,
} as const satisfies Record<string, (size: PlaneSize) => SearchSpace>;

/** The parameters at which each function fits a filter's dominant component best. */
export type FitParameters = Readonly<Record<keyof typeof SPACES, readonly number[]>>;

/**
 * Finds the parameters for every filter of a bank [filters, channels, rows, columns], in order. Everything else about a
 * fit is computed from them and the filter quickly, the classes too.
 */
export type BankSearch = (weight: Tensor) => readonly FitParameters[];

/** Takes some 20 ms for each filter of 11x11. */
export const searchBank: BankSearch = (weight) => {
  const [filters] = bankShape(weight);
  return Array.from({ length: filters }, (_, filter) => searchPlane(dominantComponent(weight, filter).plane));
};

const searchPlane = (plane: Plane): FitParameters => ({
  gabor: searchGabor(plane),
  blob: searchBlob(plane),
  spot: searchSpot(plane),
  edge: searchEdge(plane),
  step: searchStep(plane),
  roundStep: searchRoundStep(plane),
  slope: searchSlope(plane),
  grating: searchGrating(plane),
  plaid: searchPlaid(plane),
});
