import { MASTER_FORMS, type MasterForm, NULL_NAMES, type NullName } from '../common/results/filters.ts';
import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';
import { nullBank } from './fit/nulls.ts';

/** The master filter that is nearest to a filter, and the share of its variance around its mean that it explains. */
interface MasterMatch {
  readonly form: MasterForm;
  readonly explained: number;
}

export interface MasterMatches {
  readonly matches: readonly MasterMatch[];
  /** Share of the filters that one of the forms explains to `ENOUGH` or more, and the mean that is explained. */
  readonly share: number;
  readonly mean: number;
  readonly nulls: readonly { readonly name: NullName; readonly share: number; readonly mean: number }[];
}

/** A filter counts as one of the eight if so much of its variance is explained: the eight as published reach 0.71 to 0.99. */
const ENOUGH = 0.7;
/** Deviations of the Gaussian in pixels that are tried: from hardly smoother than a pixel on. */
const WIDTHS = [0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.35, 1.6];

/**
 * Holds depthwise filters [filters, 1, rows, columns] against the eight "master key filters" to which Babaiee et al. 2025
 * (arXiv 2509.11711) find that those of trained networks converge, up to a factor and an offset. The eight are taken in the
 * form in which Lindeberg, Babaiee and Kiasari 2025 (arXiv 2509.12746) model them: a discrete Gaussian (8), its central
 * differences to the right and up (5, 6), its differences to each of the four neighbours (1 to 4), and a pixel that stands
 * out from its surround (7). They were found in kernels of 7x7, so that the width of the Gaussian is fitted here.
 *
 * The same is done with the bank's nulls, as eight forms of any width come near to a small kernel by chance.
 */
export function masterMatches(weight: Tensor): MasterMatches {
  const [, channels] = bankShape(weight);
  if (channels !== 1) throw new Error(`the master filters are of one channel, not ${channels}`);
  const forms = formsOf(weight.shape[2], weight.shape[3]);
  const matches = matchesOf(weight, forms);
  const nulls = NULL_NAMES.map((name) => {
    const found = matchesOf(nullBank(weight, name), forms);
    return { name, ...summaryOf(found) };
  });
  return { matches, ...summaryOf(matches), nulls };
}

function summaryOf(matches: readonly MasterMatch[]): { share: number; mean: number } {
  const share = matches.filter(({ explained }) => explained >= ENOUGH).length / matches.length;
  return { share, mean: matches.reduce((sum, { explained }) => sum + explained, 0) / matches.length };
}

interface Form {
  readonly form: MasterForm;
  /** Mean 0 and norm 1. */
  readonly values: Float64Array;
}

function matchesOf(weight: Tensor, forms: readonly Form[]): MasterMatch[] {
  return Array.from({ length: weight.shape[0] }, (_, filter) => {
    const values = centred(
      Float64Array.from(filterWeights(weight, filter), (value) => (Number.isFinite(value) ? value : 0)),
    );
    let best: MasterMatch = { form: MASTER_FORMS[0], explained: 0 };
    for (const { form, values: shape } of forms) {
      const cosine = values.reduce((sum, value, pixel) => sum + value * shape[pixel], 0);
      if (cosine * cosine > best.explained) best = { form, explained: Math.min(1, cosine * cosine) };
    }
    return best;
  });
}

/** Less the mean, of norm 1; zeros where nothing varies. */
function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const varying = values.map((value) => value - mean);
  const norm = Math.sqrt(varying.reduce((sum, value) => sum + value * value, 0));
  return varying.map((value) => (norm > 1e-12 * Math.abs(mean) ? value / norm : 0));
}

function formsOf(rows: number, columns: number): Form[] {
  const place = (form: MasterForm, value: (right: number, up: number) => number): Form => {
    const [across, upwards] = [(columns - 1) / 2, (rows - 1) / 2];
    const values = Float64Array.from({ length: rows * columns }, (_, pixel) =>
      value((pixel % columns) - across, upwards - Math.floor(pixel / columns)),
    );
    return { form, values: centred(values) };
  };
  return WIDTHS.flatMap((width) => {
    const line = (at: number) => discreteGaussian(at, width);
    const at = (right: number, up: number) => line(right) * line(up);
    const laplacian = (x: number, y: number) =>
      at(x + 1, y) + at(x - 1, y) + at(x, y + 1) + at(x, y - 1) - 4 * at(x, y);
    const isMiddle = (x: number, y: number) => (Math.hypot(x, y) < 0.75 ? 1 : 0);
    return [
      place('difference to the right', (x, y) => at(x - 1, y) - at(x, y)),
      place('difference to the left', (x, y) => at(x + 1, y) - at(x, y)),
      place('difference upwards', (x, y) => at(x, y - 1) - at(x, y)),
      place('difference downwards', (x, y) => at(x, y + 1) - at(x, y)),
      place('slope across', (x, y) => at(x - 1, y) - at(x + 1, y)),
      place('slope upwards', (x, y) => at(x, y - 1) - at(x, y + 1)),
      ...[0.25, 0.5, 1, 2].map((part) =>
        place('pixel against its surround', (x, y) => isMiddle(x, y) - part * laplacian(x, y)),
      ),
      place('Gaussian', at),
    ];
  });
}

/** exp(-t) I_n(t) with t = width^2: the Gaussian's counterpart on pixels (Lindeberg 1990). Between pixels it is a Gaussian. */
function discreteGaussian(at: number, width: number): number {
  if (!Number.isInteger(at)) return Math.exp(-(at * at) / (2 * width * width));
  const [n, t] = [Math.abs(at), width * width];
  let term = 1;
  for (let k = 1; k <= n; k++) term *= t / 2 / k;
  let sum = 0;
  for (let k = 0; k < 40; k++) {
    sum += term;
    term *= (t * t) / 4 / ((k + 1) * (k + 1 + n));
  }
  return Math.exp(-t) * sum;
}
