import { z } from 'zod';
import { unless, type Shape, type Wrong } from './layer.ts';

const side = z.int().nonnegative().max(64);

/** Zeros around an image: the same on every side, or [above, left, below, right]. */
export const padding = z.union([side, z.tuple([side, side, side, side])]);
type Padding = z.infer<typeof padding>;

export interface Sides {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export function sidesOf(pad: Padding): Sides {
  const [top, left, bottom, right] = typeof pad === 'number' ? [pad, pad, pad, pad] : pad;
  return { top, left, bottom, right };
}

interface WindowSpec {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: Padding;
  readonly dilation?: number;
  /** Whether a window that reaches over the padded end counts, where it begins within image and padding before it. */
  readonly ceil?: boolean;
}

/**
 * Rows and columns of the positions of a window: floor((size + padding - reach) / stride) + 1 with reach =
 * dilation (kernel - 1) + 1; with `ceil` rounded up, without windows that begin in the padding after the image (PyTorch).
 */
export function slide(window: WindowSpec, shape: Shape, wrong: Wrong): [number, number] {
  const { kernel, stride, pad, dilation = 1, ceil = false } = window;
  if (shape.length !== 3) throw wrong('it slides over images, of channels, rows and columns.');
  const { top, left, bottom, right } = sidesOf(pad);
  const reach = dilation * (kernel - 1) + 1;
  const [, rows, columns] = shape;
  if (rows + top + bottom < reach || columns + left + right < reach)
    throw wrong(`its ${reach}x${reach} window is larger than the padded input; make the kernel smaller or pad more.`);
  const positions = (size: number, before: number, after: number) => {
    const free = size + before + after - reach;
    if (!ceil) return Math.floor(free / stride) + 1;
    const number = Math.ceil(free / stride) + 1;
    return (number - 1) * stride >= size + before ? number - 1 : number;
  };
  return [positions(rows, top, bottom), positions(columns, left, right)];
}

export const windowDetails = ({ stride, pad, dilation = 1 }: WindowSpec): string[] => [
  ...unless(1, stride, 'stride'),
  ...unless(0, pad, 'pad'),
  ...unless(1, dilation, 'dilation'),
];
