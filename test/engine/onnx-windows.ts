import type { Convolution } from '../../src-main/engine/onnx/layers/convolution/batch-last.ts';

interface Batch {
  readonly batch: number;
}

/** Square windows on square images, padded by the same on all sides. */
export interface SquarePooling {
  readonly mode: 'max' | 'average';
  readonly channels: number;
  readonly rows: number;
  readonly outputRows: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** Convolution and pooling by their definitions, in float64: what onnxruntime's float32 kernels are held against. */
export function convolve(
  shape: Convolution & Batch,
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
): Float64Array {
  const { batch, channels, rows, filters, outputRows, kernel, groups } = shape;
  const [perGroup, filtersPerGroup] = [channels / groups, filters / groups];
  const y = new Float64Array(batch * filters * outputRows ** 2);
  let position = 0;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < filters; o++)
      for (let r = 0; r < outputRows; r++)
        for (let c = 0; c < outputRows; c++) {
          let sum = bias[o];
          for (let i = 0; i < perGroup; i++) {
            const channel = n * channels + Math.floor(o / filtersPerGroup) * perGroup + i;
            for (const [p, q, u, v] of windowPixels(shape, r, c))
              sum += weight[((o * perGroup + i) * kernel + u) * kernel + v] * x[(channel * rows + p) * rows + q];
          }
          y[position++] = sum;
        }
  return y;
}

export function pool(shape: SquarePooling & Batch, x: Float64Array): Float64Array {
  const { mode, batch, channels, rows, outputRows } = shape;
  const y = new Float64Array(batch * channels * outputRows ** 2);
  let position = 0;
  for (let plane = 0; plane < batch * channels; plane++)
    for (let r = 0; r < outputRows; r++)
      for (let c = 0; c < outputRows; c++) {
        const values = windowPixels(shape, r, c).map(([p, q]) => x[(plane * rows + p) * rows + q]);
        y[position++] =
          mode === 'max' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
      }
  return y;
}

/** Pixels [row, column] inside the image that output (r, c) reads, with their place [u, v] in the window, row-major. */
export function windowPixels(
  { rows, kernel, stride, pad }: { rows: number; kernel: number; stride: number; pad: number },
  r: number,
  c: number,
): [number, number, number, number][] {
  const pixels: [number, number, number, number][] = [];
  for (let u = 0; u < kernel; u++)
    for (let v = 0; v < kernel; v++) {
      const [p, q] = [r * stride + u - pad, c * stride + v - pad];
      if (p >= 0 && p < rows && q >= 0 && q < rows) pixels.push([p, q, u, v]);
    }
  return pixels;
}
