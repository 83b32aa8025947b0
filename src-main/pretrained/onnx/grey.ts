import { UserError } from '../../errors.ts';
import type { Made } from './builder.ts';

/** Shares of red, green and blue in grey (ITU-R BT.601), as image libraries take them. */
export const GREY = [0.299, 0.587, 0.114] as const;

/**
 * Gives a network of grey images three channels: its first convolutions read the grey of an image's colours. Returns what is to
 * be said about it. Throws a UserError, one clause, where something else reads the images.
 */
export function inColour(layers: readonly Made[]): readonly string[] {
  for (const { spec, sources, weights } of layers) {
    if (!sources.includes(-1)) continue;
    if (spec.type !== 'conv' || spec.groups !== 1)
      throw new UserError(
        'it reads images of one channel, and does not begin with a convolution that could read three',
      );
    const { shape, data } = weights.weight!;
    const [filters, , ...kernel] = shape;
    const size = kernel.reduce((product, side) => product * side, 1);
    const coloured = new Float32Array(3 * data.length);
    for (let filter = 0; filter < filters; filter++)
      for (const [channel, share] of GREY.entries())
        for (let at = 0; at < size; at++)
          coloured[(3 * filter + channel) * size + at] = share * data[filter * size + at];
    weights.weight = { shape: [filters, 3, ...kernel], data: coloured };
  }
  return ['It reads grey images; here it makes them of colours itself.'];
}
