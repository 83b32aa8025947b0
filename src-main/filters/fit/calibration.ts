import { FILTER_CLASSES, type FilterClass } from '../../common/results/filters.ts';
import { RandomStream } from '../../random.ts';
import { dominantComponent } from '../colour.ts';
import { blobAt } from './blob.ts';
import { classOf, type Evidence, type LeastExplained, THRESHOLDS } from './classes.ts';
import { gaborAt } from './gabor.ts';
import { type BankSearch, searchBank } from './search.ts';

/**
 * The results of `computeCalibration` for the first layers of the built-in networks, and for 3x3, so that a report need
 * not fit 400 untrained filters of each. A test computes them and fails if search, thresholds or seed have changed.
 */
export const KNOWN_CALIBRATIONS: readonly Pick<Calibration, 'shape' | 'least' | 'shares'>[] = [
  {
    shape: [3, 3, 3],
    least: {
      gabor: 0.9907895593977423,
      blob: 0.9075283605001165,
    },
    shares: {
      gabor: 0.02,
      edge: 0.005,
      'colour blob': 0.05,
      'grey blob': 0.03,
      noise: 0.895,
      dead: 0,
    },
  },
  {
    shape: [3, 4, 4],
    least: {
      gabor: 0.8173346740308602,
      blob: 0.7,
    },
    shares: {
      gabor: 0.04,
      edge: 0.01,
      'colour blob': 0.03,
      'grey blob': 0.015,
      noise: 0.905,
      dead: 0,
    },
  },
  {
    shape: [3, 5, 5],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0.005,
      edge: 0.005,
      'colour blob': 0,
      'grey blob': 0,
      noise: 0.99,
      dead: 0,
    },
  },
  {
    shape: [3, 7, 7],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0,
      edge: 0,
      'colour blob': 0,
      'grey blob': 0,
      noise: 1,
      dead: 0,
    },
  },
  {
    shape: [3, 11, 11],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0,
      edge: 0,
      'colour blob': 0,
      'grey blob': 0,
      noise: 1,
      dead: 0,
    },
  },
];

/** How untrained filters of a shape are classified: what shares of trained filters are compared with. */
export interface Calibration {
  /** [channels, rows, columns] of the filters. */
  readonly shape: readonly [number, number, number];
  readonly seed: string;
  /** How many random filters the thresholds come from. As many other, independent ones give the shares. */
  readonly filters: number;
  readonly least: LeastExplained;
  /** Share of untrained filters in each class, 0 to 1. */
  readonly shares: Readonly<Record<FilterClass, number>>;
}

const CALIBRATION_SEED = 'untrained filters';
const FILTERS = 200;

/**
 * Fits random filters whose weights are independent and normal, as most networks start. The result is the same for the
 * same shape and seed. It takes seconds, about 10 ms per filter of 11x11, unless the shape is a usual one
 * (`KNOWN_CALIBRATIONS`).
 */
export function calibrate(shape: Calibration['shape'], options: CalibrationOptions = {}): Calibration {
  const name = cacheKey(shape, options);
  const known = CALIBRATED.get(name) ?? computeCalibration(shape, options);
  CALIBRATED.set(name, known);
  return known;
}

interface CalibrationOptions {
  readonly seed?: string;
  readonly filters?: number;
  readonly search?: BankSearch;
}

const cacheKey = (
  shape: Calibration['shape'],
  { seed = CALIBRATION_SEED, filters = FILTERS }: CalibrationOptions = {},
): string => JSON.stringify([shape, seed, filters]);

/** The known calibrations and those that this process has computed, which are a few shapes at most. */
const CALIBRATED = new Map<string, Calibration>(
  KNOWN_CALIBRATIONS.map((known) => [cacheKey(known.shape), { ...known, seed: CALIBRATION_SEED, filters: FILTERS }]),
);

/** Computes what `calibrate` returns, without using known calibrations. */
export function computeCalibration(
  shape: Calibration['shape'],
  { seed = CALIBRATION_SEED, filters = FILTERS, search = searchBank }: CalibrationOptions = {},
): Calibration {
  const first = evidenceOf(shape, new RandomStream(seed, 'thresholds', ...shape), filters, search);
  const quantile = (of: (evidence: Evidence) => number) =>
    first.map(of).sort((a, b) => a - b)[Math.floor(THRESHOLDS.untrainedQuantile * filters)];
  const least = {
    gabor: Math.max(
      THRESHOLDS.explained,
      quantile(({ gabor }) => gabor.explained),
    ),
    blob: Math.max(
      THRESHOLDS.explained,
      quantile(({ blob }) => blob.explained),
    ),
  };
  const second = evidenceOf(shape, new RandomStream(seed, 'shares', ...shape), filters, search);
  return { shape, seed, filters, least, shares: sharesOf(second.map((evidence) => classOf(evidence, least))) };
}

/** The share of each class among these, 0 to 1; all are 0 if the list is empty. */
export function sharesOf(classes: readonly FilterClass[]): Record<FilterClass, number> {
  const share = (wanted: FilterClass) => classes.filter((one) => one === wanted).length / Math.max(1, classes.length);
  return Object.fromEntries(FILTER_CLASSES.map((name) => [name, share(name)])) as Record<FilterClass, number>;
}

/** Fits random filters of a shape. */
function evidenceOf(
  shape: Calibration['shape'],
  random: RandomStream,
  filters: number,
  search: BankSearch,
): Evidence[] {
  const [channels, rows, columns] = shape;
  const data = Float32Array.from({ length: filters * channels * rows * columns }, () => random.gaussian());
  const bank = { shape: [filters, ...shape], data };
  return search(bank).map((found, filter) => {
    const { kind, plane } = dominantComponent(bank, filter);
    return { component: kind, gabor: gaborAt(plane, found.gabor), blob: blobAt(plane, found.blob), rows, columns };
  });
}
