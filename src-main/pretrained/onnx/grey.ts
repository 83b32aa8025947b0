import { UserError } from '../../errors.ts';
import { inColour, MADE_GREY } from '../grey.ts';
import type { Made } from './builder.ts';

/**
 * Gives a network of grey images three channels: its first convolutions read the grey of an image's colours. Returns what is to
 * be said about it. Throws a UserError, one clause, where something else reads the images.
 */
export function readColours(layers: readonly Made[]): readonly string[] {
  for (const { spec, sources, weights } of layers) {
    if (!sources.includes(-1)) continue;
    if (spec.type !== 'conv' || spec.groups !== 1)
      throw new UserError(
        'it reads images of one channel, and does not begin with a convolution that could read three',
      );
    weights.weight = inColour(weights.weight!);
  }
  return [MADE_GREY];
}
