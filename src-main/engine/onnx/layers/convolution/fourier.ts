import type { Graph, Value } from '../../graph.ts';
import { blockedOfPixels, fromBlocked } from '../layer.ts';
import { constantMatrix, turned, unfusedTranspose } from '../matrix-product.ts';
import type { BlockedConvolution } from './blocked.ts';

/**
 * The discrete Fourier transforms of spectral.ts, of blocked images and of filters, as products with matrices of cosines and
 * sines. The images of a network's middle layers have so few pixels that this takes less time than any method that moves
 * numbers about.
 */

/** Real and imaginary part of each frequency, [all x half, ...], frequencies along columns first. */
export interface Spectrum {
  readonly real: Value;
  readonly imaginary: Value;
}

/** A spectrum as the other factor of a product (spectral.ts). */
export interface Factor {
  readonly real: Value;
  /** real + imaginary */
  readonly sum: Value;
  /** imaginary - real */
  readonly difference: Value;
}

/** Numbers of frequencies along columns (`all`) and along rows (`half`: the others are their conjugates). */
export const frequencies = ({ rows, pad }: BlockedConvolution) => {
  const all = rows + pad;
  return { all, half: Math.floor(all / 2) + 1 };
};

/** 2 pi turns / period, of the remainder of the turns, so that the angle and its rounding stay small. */
const angle = (turns: number, period: number): number => (2 * Math.PI * (turns % period)) / period;

/** Cosine and sine of each frequency at places 0 .. rows - 1, [all, rows]. */
function pixelWaves(shape: BlockedConvolution, rows: number): Record<'cosine' | 'sine', number[][]> {
  const { all } = frequencies(shape);
  const of = (f: (angle: number) => number) =>
    upTo(all).map((frequency) => upTo(rows).map((place) => f(angle(frequency * place, all))));
  return { cosine: of(Math.cos), sine: of(Math.sin) };
}

export const upTo = (size: number): number[] => Array.from({ length: size }, (_, index) => index);
const negative = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => -value));

/** a b, or a b^T with `transB`, plus `plus`. */
const gemm = (graph: Graph, a: Value, b: Value, { transB = 0, plus }: { transB?: 0 | 1; plus?: Value } = {}): Value =>
  graph.node('Gemm', plus === undefined ? [a, b] : [a, b, plus], { transB });

/** The spectrum of blocked images, [all x half, N, channels]: rows, then columns, each turned to the front by its product. */
export function spectrumOfImages(
  graph: Graph,
  shape: BlockedConvolution,
  images: Value,
  channels: number,
  rows: number,
): Spectrum {
  const { all, half } = frequencies(shape);
  const { cosine, sine } = pixelWaves(shape, rows);
  const lines = graph.reshape(fromBlocked(graph, images, channels), -1, rows);
  const alongRows = (wave: readonly (readonly number[])[]) =>
    graph.reshape(gemm(graph, constantMatrix(graph, wave.slice(0, half)), lines, { transB: 1 }), -1, rows);
  // e^(-i theta s) = cos - i sin
  const [real, imaginary] = [alongRows(cosine), alongRows(negative(sine))];
  const alongColumns = (ofReal: readonly (readonly number[])[], ofImaginary: readonly (readonly number[])[]) => {
    const first = gemm(graph, constantMatrix(graph, ofReal), real, { transB: 1 });
    const both = gemm(graph, constantMatrix(graph, ofImaginary), imaginary, { transB: 1, plus: first });
    return graph.reshape(both, all * half, -1, channels);
  };
  return { real: alongColumns(cosine, sine), imaginary: alongColumns(negative(sine), cosine) };
}

/** The inverse: the blocked images of a spectrum [all x half, N, channels], by columns, then rows. */
export function blockedImages(
  graph: Graph,
  shape: BlockedConvolution,
  { real, imaginary }: Spectrum,
  channels: number,
  rows: number,
  bias?: Value,
): Value {
  const { block } = shape;
  const { all, half } = frequencies(shape);
  const { cosine, sine } = pixelWaves(shape, rows);
  // e^(+i theta s) = cos + i sin; in each row of the result, real parts stand before imaginary ones.
  const parts = (ofReal: readonly (readonly number[])[], ofImaginary: readonly (readonly number[])[]) =>
    constantMatrix(
      graph,
      turned(ofReal).flatMap((row, place) => [row, turned(ofImaginary)[place]]),
    );
  const ofReal = gemm(graph, parts(cosine, sine), graph.reshape(real, all, -1));
  const columns = gemm(graph, parts(negative(sine), cosine), graph.reshape(imaginary, all, -1), { plus: ofReal });
  const weights = weightsOfHalf(all, half);
  const weighted = (wave: readonly (readonly number[])[]) =>
    weights.map((weight, frequency) => wave[frequency].map((value) => weight * value));
  const rowsOfWaves = constantMatrix(graph, turned([...weighted(cosine), ...weighted(negative(sine))]));
  const lines = graph.node('MatMul', [rowsOfWaves, graph.reshape(columns, rows, 2 * half, -1)]);
  const pixels = graph.reshape(lines, rows * rows, -1, channels);
  const withBias = bias === undefined ? pixels : graph.node('Add', [pixels, bias]);
  return blockedOfPixels(graph, withBias, [channels, rows, rows], block);
}

/** 1 / L^2 for a frequency that stands for itself alone, twice that for one that also stands for -f. */
const weightsOfHalf = (all: number, half: number): number[] =>
  upTo(half).map((frequency) => (frequency === 0 || 2 * frequency === all ? 1 : 2) / all ** 2);

/** Cosine and sine of theta (u - pad) over both directions, [all x half, kernel^2]. */
function tapWaves(shape: BlockedConvolution): Record<'cosine' | 'sine', number[][]> {
  const { kernel, pad } = shape;
  const { all, half } = frequencies(shape);
  const taps = upTo(kernel).map((u) => u - pad);
  const of = (f: (angle: number) => number) =>
    upTo(all).flatMap((down) =>
      upTo(half).map((across) => taps.flatMap((u) => taps.map((v) => f(angle(down * u + across * v, all))))),
    );
  return { cosine: of(Math.cos), sine: of(Math.sin) };
}

/** The spectrum of a weight, [all x half, filters, channels]. */
export function spectrumOfFilters(graph: Graph, shape: BlockedConvolution, weight: Value): Factor {
  const { filters, channels, kernel } = shape;
  const { all, half } = frequencies(shape);
  const { cosine, sine } = tapWaves(shape);
  const taps = graph.reshape(weight, filters * channels, kernel * kernel);
  const part = (wave: readonly (readonly number[])[]) =>
    graph.reshape(gemm(graph, constantMatrix(graph, wave), taps, { transB: 1 }), all * half, filters, channels);
  const combined = (sign: number) => sine.map((row, f) => row.map((value, tap) => value + sign * cosine[f][tap]));
  return { real: part(cosine), sum: part(combined(1)), difference: part(combined(-1)) };
}

/** The inverse: the taps [filters, channels, kernel, kernel] of a spectrum [all x half, filters, channels]. */
export function filtersOf(graph: Graph, shape: BlockedConvolution, { real, imaginary }: Spectrum): Value {
  const { filters, channels, kernel } = shape;
  const { all, half } = frequencies(shape);
  const { cosine, sine } = tapWaves(shape);
  const weights = weightsOfHalf(all, half);
  const weighted = (wave: readonly (readonly number[])[]) =>
    constantMatrix(graph, turned(wave.map((row, frequency) => row.map((value) => weights[frequency % half] * value))));
  const flat = (value: Value) => graph.reshape(value, all * half, -1);
  const ofReal = gemm(graph, weighted(cosine), flat(real));
  const taps = gemm(graph, weighted(negative(sine)), flat(imaginary), { plus: ofReal });
  // Of a plain transpose onnxruntime would make one of four sides, which is four times as slow.
  return graph.reshape(unfusedTranspose(graph, taps), filters, channels, kernel, kernel);
}

/** db[o] = the sum of dy[n, o, r, c] over n, r, c, that is of frequency 0 over n. */
export function sumOfPixels(graph: Graph, { real }: Spectrum): Value {
  return graph.node('ReduceSum', [graph.slice(real, [0], [0], [1]), graph.integers(0, 1)], { keepdims: 0 });
}
