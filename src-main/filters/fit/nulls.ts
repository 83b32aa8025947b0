import { createHash } from 'node:crypto';
import { type FilterClass, NULL_NAMES, type NullName } from '../../common/results/filters.ts';
import type { Tensor } from '../../network/weights.ts';
import { RandomStream } from '../../random.ts';
import { bankShape, filterWeights } from '../bank.ts';
import { fitBank } from './bank-fit.ts';
import { type Calibration, sharesOf } from './calibration.ts';
import { THRESHOLDS } from './classes.ts';
import { type BankSearch, searchBank } from './search.ts';
import { fourierOf, imageOf, type Spectrum, symmetricNoise } from './spectrum.ts';

/** What the filters of a bank are compared with: filters that lack what one asks about, and what they are named. */
export interface NullFilters {
  readonly name: NullName;
  readonly filters: number;
  readonly seed: string;
  /** Share of each class, 0 to 1. */
  readonly shares: Readonly<Record<FilterClass, number>>;
  /** The Gabor function that fits each best, whatever it is named: widths across and along its stripes, in cycles. */
  readonly plane: readonly { readonly nx: number; readonly ny: number }[];
}

const NULL_SEED = 'null filters';
/** Filters of each null: a share of 5% is known to within 4 points. */
const FILTERS = 100;

interface NullOptions {
  readonly seed?: string;
  readonly filters?: number;
  /** Finds the fits, from what is stored where it can. */
  readonly search?: BankSearch;
}

/**
 * Fits as many filters of each null as told. The result is the same for the same bank and seed. Takes as long as 300
 * filters do, seconds for kernels of 11x11.
 */
export function nullsOf(weight: Tensor, calibration: Calibration, options: NullOptions = {}): NullFilters[] {
  const { data, shape } = weight;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const about = JSON.stringify([shape, options.seed, options.filters, calibration.least]);
  const key = createHash('sha256').update(about).update(bytes).digest('hex');
  const known = REMEMBERED.get(key) ?? fittedNulls(weight, calibration, options);
  REMEMBERED.set(key, known);
  for (const old of [...REMEMBERED.keys()].slice(0, -MOST)) REMEMBERED.delete(old);
  return known;
}

/** The nulls of the last banks of this process: a report is often written again. */
const REMEMBERED = new Map<string, NullFilters[]>();
const MOST = 16;

function fittedNulls(
  weight: Tensor,
  calibration: Calibration,
  { seed = NULL_SEED, filters = FILTERS, search = searchBank }: NullOptions,
): NullFilters[] {
  return nullBanks(weight, { seed, filters }).map(({ name, bank }) => {
    const fits = fitBank(bank, calibration, search);
    return {
      ...{ name, filters, seed },
      shares: sharesOf(fits.map((fit) => fit.class)),
      plane: fits.map(({ gabor: { frequency, across, along } }) => ({ nx: frequency * across, ny: frequency * along })),
    };
  });
}

/** The bank of each null. */
export const nullBanks = (weight: Tensor, options?: Pick<NullOptions, 'seed' | 'filters'>) =>
  NULL_NAMES.map((name) => ({ name, bank: nullBank(weight, name, options) }));

/**
 * Filters of a null, [filters, channels, rows, columns], each of norm 1:
 *
 * - `white`: independent normal weights, as most networks start.
 * - `smoothed`: normal noise with the mean power spectrum of this bank, and the mean relation of its channels, frequency
 *   by frequency (those of the discrete Fourier transform of the kernel).
 * - `shuffled`: this bank's filters, each with the power of its own frequencies and other phases, the same for all
 *   channels (as Theiler et al. 1992 do with time series).
 *
 * Filters that are dead in the bank take no part. If all are, so are those of the last two.
 */
export function nullBank(
  weight: Tensor,
  name: NullName,
  { seed = NULL_SEED, filters = FILTERS }: Pick<NullOptions, 'seed' | 'filters'> = {},
): Tensor {
  const [, channels, rows, columns] = bankShape(weight);
  const area = rows * columns;
  const random = new RandomStream(seed, name, channels, rows, columns);
  const data = new Float32Array(filters * channels * area);
  if (name === 'white') {
    for (let place = 0; place < data.length; place++) data[place] = random.gaussian();
    return { shape: [filters, channels, rows, columns], data };
  }
  const spectra = spectraOf(weight);
  for (let filter = 0; filter < filters && spectra.length > 0; filter++) {
    const sum = Array.from({ length: channels }, () => ({ re: new Float64Array(area), im: new Float64Array(area) }));
    const of = name === 'shuffled' ? [spectra[filter % spectra.length]] : spectra;
    for (const spectrum of of)
      addFiltered(sum, spectrum, symmetricNoise({ rows, columns }, random, name === 'shuffled'));
    const planes = sum.map((spectrum) => imageOf(spectrum, { rows, columns }));
    const norm = Math.hypot(...planes.map((plane) => Math.hypot(...plane)));
    planes.forEach((plane, channel) =>
      plane.forEach((value, pixel) => {
        data[(filter * channels + channel) * area + pixel] = norm > 0 ? value / norm : 0;
      }),
    );
  }
  return { shape: [filters, channels, rows, columns], data };
}

/** The transforms of the channels of every filter that is not dead, scaled to norm 1. */
function spectraOf(weight: Tensor): Spectrum[][] {
  const [filters, channels, rows, columns] = bankShape(weight);
  const area = rows * columns;
  const finite = Array.from({ length: filters }, (_, filter) =>
    Float64Array.from(filterWeights(weight, filter), (value) => (Number.isFinite(value) ? value : 0)),
  );
  const norms = finite.map((weights) => Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0)));
  const median = norms.toSorted((a, b) => a - b)[Math.floor(filters / 2)];
  return finite.flatMap((weights, filter) => {
    if (norms[filter] === 0 || norms[filter] < THRESHOLDS.norm * median) return [];
    const unit = weights.map((value) => value / norms[filter]);
    return [
      Array.from({ length: channels }, (_, channel) =>
        fourierOf(unit.subarray(channel * area, (channel + 1) * area), { rows, columns }),
      ),
    ];
  });
}

/** Adds the channels of a filter, each frequency times the same complex number for all of them. */
function addFiltered(sum: readonly Spectrum[], channels: readonly Spectrum[], noise: Spectrum): void {
  channels.forEach(({ re, im }, channel) => {
    const into = sum[channel];
    for (let place = 0; place < re.length; place++) {
      into.re[place] += re[place] * noise.re[place] - im[place] * noise.im[place];
      into.im[place] += re[place] * noise.im[place] + im[place] * noise.re[place];
    }
  });
}
