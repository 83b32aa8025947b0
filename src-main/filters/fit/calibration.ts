import { FILTER_CLASSES, type FilterClass } from '../../common/results/filters.ts';
import { RandomStream } from '../../random.ts';
import type { Tensor } from '../../network/weights.ts';
import { bankEvidence } from './bank-evidence.ts';
import { classOf, type Evidence, overNoiseOf, THRESHOLDS } from './classes.ts';
import { type BankSearch, searchBank } from './search.ts';

const NONE = sharesOf([]);

/**
 * The results of `computeCalibration` for the first layers of the built-in networks, for 3x3, and for single kernels of 5x5 and
 * 7x7 (`kernel-classes.ts`), so that a report need not fit 400 untrained filters of each. A test computes them and fails if search, thresholds or seed have changed.
 */
export const KNOWN_CALIBRATIONS: readonly Pick<Calibration, 'shape' | 'least' | 'shares'>[] = [
  { shape: [3, 3, 3], least: 6, shares: { ...NONE, noise: 1 } },
  { shape: [3, 4, 4], least: 6.772462933323087, shares: { ...NONE, grating: 0.005, unclear: 0.005, noise: 0.99 } },
  {
    shape: [3, 5, 5],
    least: 6,
    shares: { ...NONE, grating: 0.005, unclear: 0.01, noise: 0.985 },
  },
  { shape: [3, 7, 7], least: 6, shares: { ...NONE, unclear: 0.005, noise: 0.995 } },
  { shape: [3, 11, 11], least: 6, shares: { ...NONE, grating: 0.005, noise: 0.995 } },
  { shape: [1, 5, 5], least: 6, shares: { ...NONE, unclear: 0.005, noise: 0.995 } },
  { shape: [1, 7, 7], least: 6, shares: { ...NONE, grating: 0.005, unclear: 0.01, noise: 0.985 } },
];

/** How untrained filters of a shape are classified: what shares of trained filters are compared with. */
export interface Calibration {
  /** [channels, rows, columns] of the filters. */
  readonly shape: readonly [number, number, number];
  readonly seed: string;
  /** How many random filters the thresholds come from. As many other, independent ones give the shares. */
  readonly filters: number;
  /** By how much a function must beat noise, in units of BIC. */
  readonly least: number;
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
  const [first, second] = untrainedBanks(shape, { seed, filters });
  const margins = evidenceOf(first, search)
    .map(overNoiseOf)
    .sort((a, b) => a - b);
  const least = Math.max(THRESHOLDS.overNoise, margins[Math.floor(THRESHOLDS.untrainedQuantile * filters)]);
  const shares = sharesOf(evidenceOf(second, search).map((evidence) => classOf(evidence, least)));
  return { shape, seed, filters, least, shares };
}

/** The banks that `calibrate` fits for a shape; none where it knows the result. */
export const calibrationBanks = (shape: Calibration['shape']): Tensor[] =>
  CALIBRATED.has(cacheKey(shape)) ? [] : untrainedBanks(shape);

/** Of the first the thresholds come, of the second the shares. */
const untrainedBanks = (
  shape: Calibration['shape'],
  { seed = CALIBRATION_SEED, filters = FILTERS }: Pick<CalibrationOptions, 'seed' | 'filters'> = {},
): Tensor[] => ['thresholds', 'shares'].map((part) => untrainedBank(shape, seed, part, filters));

/** The share of each class among these, 0 to 1; all are 0 if the list is empty. */
export function sharesOf(classes: readonly FilterClass[]): Record<FilterClass, number> {
  const share = (wanted: FilterClass) => classes.filter((one) => one === wanted).length / Math.max(1, classes.length);
  return Object.fromEntries(FILTER_CLASSES.map((name) => [name, share(name)])) as Record<FilterClass, number>;
}

/** Random filters of a shape. */
function untrainedBank(shape: Calibration['shape'], seed: string, part: string, filters: number): Tensor {
  const random = new RandomStream(seed, part, ...shape);
  const [channels, rows, columns] = shape;
  const data = Float32Array.from({ length: filters * channels * rows * columns }, () => random.gaussian());
  return { shape: [filters, ...shape], data };
}

const evidenceOf = (bank: Tensor, search: BankSearch): Evidence[] =>
  bankEvidence(bank, search(bank)).map(({ evidence }) => evidence);
