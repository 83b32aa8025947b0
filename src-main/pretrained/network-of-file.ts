import type { NetworkSpec } from '../network/spec.ts';
import type { Weights } from '../network/weights.ts';

/** A network that a file holds: its graph, its weights, and what its pixels are. */
export interface NetworkOfFile {
  /** Layers and input size as the file or its family has them, and settings to fine-tune it with. */
  readonly spec: NetworkSpec;
  /** Units of its own head; 0 where it has none: its last layer is then a new one that `weights` has nothing for. */
  readonly classes: number;
  /** Every parameter and running statistic under the spec's names, the head's too; all are finite. */
  readonly weights: Weights;
  readonly pixels: Pixels;
  /** In the order of the head's units, where the file has them. */
  readonly classNames?: readonly string[];
  /** As the file gives it. */
  readonly licence?: string;
  /** `resnet18 (names of torchvision and timm)`, for people. */
  readonly origin: string;
  /** What was assumed or left out, a sentence each. */
  readonly notes: readonly string[];
}

/** What a network reads: x = (pixel - mean) / deviation of pixels 0..255, by channel red, green, blue. */
export interface Pixels {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  /** Rows and columns. */
  readonly size: number;
  /** The share of an image's shorter side that the centre crop takes. */
  readonly crop?: number;
  readonly interpolation?: 'bilinear' | 'bicubic' | 'nearest';
  /** Who says so: the file, what networks of its family were trained with, or nobody. */
  readonly from: 'file' | 'family' | 'assumed';
}
