import type { NamedTensor } from '../tensors.ts';

/**
 * A table of positions [1, before + side^2, width] for another number of patches a side: bicubic, smoothed where there are fewer,
 * as timm does it (`resample_abs_pos_embed`; PyTorch's `interpolate` with `antialias`, whose cubic has a = -0.5).
 *
 * @param before tokens that are no patches; they keep their own positions
 */
export function resampled(table: NamedTensor, before: number, from: number, to: number): NamedTensor {
  const width = table.shape.at(-1)!;
  return {
    shape: [1, before + to ** 2, width],
    read: () => {
      const old = table.read();
      const weights = resampling(from, to);
      const patches = old.subarray(before * width);
      const wide = alongRows(patches, weights, { rows: from, columns: from, width });
      const values = new Float32Array((before + to ** 2) * width);
      values.set(old.subarray(0, before * width));
      values.set(alongColumns(wide, weights, { columns: to, width }), before * width);
      return values;
    },
  };
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** What each new place takes of which old ones. */
function resampling(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = scale * (place + 0.5);
    const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from);
    const raw = Array.from({ length: end - first }, (_, tap) => cubic((first + tap - centre + 0.5) / stretch));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** Keys' cubic convolution with a = -1/2. */
function cubic(x: number): number {
  const [a, d] = [-0.5, Math.abs(x)];
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/** [rows, columns, width] to [rows, new columns, width] */
function alongRows(
  values: Float32Array,
  taps: readonly Taps[],
  { rows, columns, width }: { rows: number; columns: number; width: number },
): Float32Array {
  const result = new Float32Array(rows * taps.length * width);
  for (let row = 0; row < rows; row++)
    taps.forEach(({ first, weights }, column) => {
      const at = (row * taps.length + column) * width;
      weights.forEach((weight, tap) => {
        const from = (row * columns + first + tap) * width;
        for (let i = 0; i < width; i++) result[at + i] += weight * values[from + i];
      });
    });
  return result;
}

/** [rows, columns, width] to [new rows, columns, width] */
function alongColumns(
  values: Float32Array,
  taps: readonly Taps[],
  { columns, width }: { columns: number; width: number },
): Float32Array {
  const line = columns * width;
  const result = new Float32Array(taps.length * line);
  taps.forEach(({ first, weights }, row) =>
    weights.forEach((weight, tap) => {
      for (let i = 0; i < line; i++) result[row * line + i] += weight * values[(first + tap) * line + i];
    }),
  );
  return result;
}
