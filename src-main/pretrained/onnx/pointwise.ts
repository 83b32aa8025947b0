import type { EntryInput } from '../../network/spec.ts';

const SMALL = 1e-3;

/**
 * Functions of one number, of which a graph may have each in many pieces: x * 0.5 * (1 + erf(x / sqrt(2))) is five nodes. They
 * are computed for these numbers and recognised by what comes of them, in whatever order the pieces stand.
 */
export const POINTS: Float64Array = Float64Array.from(pointsOf());

function* pointsOf(): Generator<number> {
  for (let x = -12; x <= 12; x += 0.17) yield x;
  for (const x of [0, SMALL, 0.5, 1, 3, 6, 20, 50, 100, 254, 1e3, 1e4, 1e5, 1e9]) yield* [x, -x];
}

/** Of a difference by the value, or by 1 where that is less: constants of a graph are float32. */
const TOLERANCE = 4e-6;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));

/** W. J. Cody's and others' series are more than is needed: erf by its Maclaurin series below 3, by a continued fraction above. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  let result: number;
  if (size < 3) {
    let term = size;
    result = size;
    for (let n = 1; n < 80; n++) {
      term *= -(size * size) / n;
      result += term / (2 * n + 1);
    }
    result *= 2 / Math.sqrt(Math.PI);
  } else {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (size + fraction);
    result = 1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction));
  }
  return x < 0 ? -result : result;
}

const SQRT_2_PI = Math.sqrt(2 / Math.PI);

/** What each kind of layer computes (engine/onnx/layers/activation.ts). */
const KNOWN: readonly { readonly layer: EntryInput; readonly of: (x: number) => number }[] = [
  { layer: { type: 'relu' }, of: (x) => Math.max(0, x) },
  { layer: { type: 'silu' }, of: (x) => x * sigmoid(x) },
  { layer: { type: 'gelu' }, of: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) },
  {
    layer: { type: 'gelu', form: 'tanh' },
    of: (x) => 0.5 * x * (1 + Math.tanh(SQRT_2_PI * (x + 0.044715 * x ** 3))),
  },
  { layer: { type: 'hard-swish' }, of: (x) => (x * clamp(x + 3, 0, 6)) / 6 },
  { layer: { type: 'hard-sigmoid' }, of: (x) => clamp(x + 3, 0, 6) / 6 },
  { layer: { type: 'sigmoid' }, of: sigmoid },
  { layer: { type: 'tanh' }, of: Math.tanh },
];
const SAMPLED = KNOWN.map(({ layer, of }) => ({ layer, samples: POINTS.map(of) }));

/** A kind of layer of one number, and what is done with its output: x * factor + term. `layer` is absent for x itself. */
export interface Recognised extends Line {
  readonly layer?: EntryInput;
}

interface Line {
  readonly factor: number;
  readonly term: number;
}

interface Candidate {
  readonly layer?: EntryInput;
  readonly samples: Float64Array;
  /** Absent: to be found. */
  readonly line?: Line;
}

/** The layer that computes a function of these samples; undefined where there is none. */
export function recognised(samples: Float64Array): Recognised | undefined {
  const candidates: Iterable<Candidate> = [{ samples: POINTS }, ...SAMPLED, ...fitted(samples)];
  for (const { layer, samples: known, line = lineThrough(known, samples) } of candidates) {
    if (line && known.every((value, i) => isClose(samples[i], line.factor * value + line.term)))
      return { ...(layer && { layer }), ...line };
  }
  return undefined;
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));

/** Clips, perhaps of what is scaled and shifted, and leaky ReLUs, whose settings are read from the samples. */
function* fitted(samples: Float64Array): Generator<Candidate> {
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  const [term, next] = [samples[POINTS.indexOf(0)], samples[POINTS.indexOf(SMALL)]];
  const slope = (next - term) / SMALL;
  const clip = (from: number, to: number, line: Line): Candidate => ({
    ...{ layer: { type: 'clip', least: from || 0, most: to }, samples: POINTS.map((x) => clamp(x, from, to)), line },
  });
  if (least < most && Number.isFinite(most - least)) {
    yield clip(least, most, { factor: 1, term: 0 });
    if (slope > 0) yield clip((least - term) / slope, (most - term) / slope, { factor: slope, term });
  }
  const below = -samples[POINTS.indexOf(-1)];
  if (below > 0 && below < 1)
    yield { layer: { type: 'leaky-relu', slope: below }, samples: POINTS.map((x) => (x < 0 ? below * x : x)) };
}

/** 1 and 0 where that does; else the line through two points that are far apart. */
function lineThrough(known: Float64Array, samples: Float64Array): Line | undefined {
  const two = [POINTS.indexOf(1), POINTS.indexOf(3)];
  const [a, b] = two.map((at) => known[at]);
  const [x, y] = two.map((at) => samples[at]);
  if (isClose(a, x) && isClose(b, y)) return { factor: 1, term: 0 };
  const factor = (y - x) / (b - a);
  const term = rounded(x - factor * a, Math.abs(x));
  return Number.isFinite(factor) && factor !== 0 ? { factor, term } : undefined;
}

/** A difference that is nothing but rounding. */
const rounded = (difference: number, size: number): number =>
  Math.abs(difference) < 1e-9 * Math.max(1, size) ? 0 : difference;

/** Operators of one number, as computed for samples; undefined: it is another. */
export const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  Relu: (x) => Math.max(0, x),
  Sigmoid: sigmoid,
  Tanh: Math.tanh,
  Erf: erf,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Neg: (x) => -x,
  Abs: Math.abs,
  Reciprocal: (x) => 1 / x,
  Softplus: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))),
  Softsign: (x) => x / (1 + Math.abs(x)),
  HardSwish: (x) => (x * clamp(x + 3, 0, 6)) / 6,
  Mish: (x) => x * Math.tanh(Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)))),
};
