import { CHANNELS } from '../network/network.ts';

/**
 * How red, green and blue vary together in natural images, which is mostly all three alike: axes with their spread, measured
 * on ImageNet by Olah et al. 2017 ("Feature Visualization", Distill, appendix; the constants are those of their library, lucid).
 */
const COLOURS = rootOfCovariance([
  [0.26, 0.27, 0.27],
  [0.09, 0.0, -0.09],
  [0.02, -0.05, 0.03],
]);

/**
 * Turns a gradient by pixels [3, side, side] into a direction whose detail and colour are as strong as in natural images:
 * steepest ascent in coordinates that are decorrelated in colour and space (Olah et al. 2017, "Preconditioning and
 * parameterization"). For colours it is the square root of their covariance, for space a sum of Gaussian blurs of widths 2^i
 * weighted by the square of the width, which falls with frequency about as 1 / f^2. Both are symmetric and positive, so that the
 * direction always goes uphill.
 */
export class Preconditioner {
  readonly #side: number;
  readonly #kernels: readonly { readonly weight: number; readonly taps: Float32Array }[];
  readonly #rows: Float32Array;

  /** @param widest standard deviation of the widest blur, in pixels */
  constructor(side: number, widest: number) {
    this.#side = side;
    this.#rows = new Float32Array(side * side);
    const widths: number[] = [];
    for (let width = 0.5; width <= widest; width *= 2) widths.push(width);
    this.#kernels = widths.map((width) => ({ weight: width ** 2, taps: gaussian(width) }));
  }

  apply(gradient: Float32Array): Float32Array {
    const area = this.#side ** 2;
    const coloured = new Float32Array(gradient.length);
    for (let to = 0; to < CHANNELS; to++)
      for (let from = 0; from < CHANNELS; from++)
        for (let place = 0; place < area; place++)
          coloured[to * area + place] += COLOURS[to][from] * gradient[from * area + place];
    // The gradient itself adds the finest detail, with the weight of a blur of a quarter of a pixel.
    const result = coloured.map((value) => value / 16);
    for (let channel = 0; channel < CHANNELS; channel++) {
      const plane = coloured.subarray(channel * area, (channel + 1) * area);
      for (const { weight, taps } of this.#kernels)
        this.#addBlurred(plane, taps, weight, result.subarray(channel * area, (channel + 1) * area));
    }
    return result;
  }

  /** Adds a weighted blur of a plane, which has zeros around it, to the result. */
  #addBlurred(plane: Float32Array, taps: Float32Array, weight: number, result: Float32Array): void {
    const side = this.#side;
    const reach = (taps.length - 1) / 2;
    const rows = this.#rows.fill(0);
    for (let row = 0; row < side; row++)
      for (let tap = -reach; tap <= reach; tap++) {
        const factor = taps[tap + reach];
        const end = Math.min(side, side - tap);
        for (let column = Math.max(0, -tap); column < end; column++)
          rows[row * side + column] += factor * plane[row * side + column + tap];
      }
    for (let row = 0; row < side; row++)
      for (let from = Math.max(0, row - reach); from <= Math.min(side - 1, row + reach); from++) {
        const factor = weight * taps[from - row + reach];
        for (let column = 0; column < side; column++)
          result[row * side + column] += factor * rows[from * side + column];
      }
  }
}

/** The taps of a Gaussian blur, out to three standard deviations, with the sum 1. */
function gaussian(width: number): Float32Array {
  const reach = Math.ceil(3 * width);
  const taps = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * width ** 2)));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** The symmetric root of a covariance, scaled to trace 3, from axes at right angles, each as long as its spread. */
function rootOfCovariance(axes: readonly (readonly number[])[]): number[][] {
  const root = [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => axes.reduce((sum, axis) => sum + (axis[a] * axis[b]) / Math.hypot(...axis), 0)),
  );
  const trace = root[0][0] + root[1][1] + root[2][2];
  return root.map((row) => row.map((value) => (3 * value) / trace));
}
