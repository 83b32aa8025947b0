import { z } from 'zod';
import { anyLayer, layerName, nameless, volume, type LayerDefinition, type Shape, type Wrong } from './layer.ts';
import { multiplier } from './weights.ts';

// Attention within square windows of an image (Liu et al. 2021, arXiv 2103.14030, section 3.2), of scores
// [windows, heads, tokens, tokens]; the tokens of a window stand row by row.

/** The authors' are of 7 to 12; what is made for each pair of tokens grows with the fourth power. */
const window = z.int().min(2).max(16);
/** Tokens of an image, whose parts are written out. */
const MOST_TOKENS = 65536;

/**
 * Adds a learned number for each head and each distance of two tokens in rows and columns (equation 4). The parameter has the
 * layer's name and the shape [(2 window - 1)^2, heads].
 */
export const relativePositionSchema = z.strictObject({
  type: z.literal('relative-position'),
  name: layerName,
  ...anyLayer,
  window,
  multipliers: multiplier.default({ learningRate: 1, decay: 0 }),
});
type RelativePositionSpec = z.infer<typeof relativePositionSchema>;

/** Rows of the table, one for each distance of tokens. */
export const distances = ({ window }: { readonly window: number }): number => (2 * window - 1) ** 2;

/** The row of the table for each pair of tokens, the first slower. */
export function distanceRows({ window }: { readonly window: number }): number[] {
  const tokens = Array.from({ length: window ** 2 }, (_, token) => [Math.floor(token / window), token % window]);
  return tokens.flatMap(([row, column]) =>
    tokens.map(
      ([otherRow, otherColumn]) =>
        (row - otherRow + window - 1) * (2 * window - 1) + (column - otherColumn + window - 1),
    ),
  );
}

export const relativePosition: LayerDefinition<RelativePositionSpec> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => checked(spec, input, wrong),
  parameters: (spec, [input]) => [
    {
      role: 'table',
      shape: [distances(spec), input.at(-3)!],
      fanIn: 1,
      initial: { kind: 'gaussian', std: 0.02 },
      multipliers: spec.multipliers,
    },
  ],
  details: ({ window }) => `${window}x${window}`,
};

/**
 * For windows of an image that was rolled up and left by `shift`: takes 100 from the scores of tokens that don't lie together
 * in it (figure 4), so that softmax leaves nothing of them.
 */
export const windowMaskSchema = z.strictObject({
  type: z.literal('window-mask'),
  ...nameless,
  window,
  shift: z.int().positive().max(15),
});
type WindowMaskSpec = z.infer<typeof windowMaskSchema>;

/** The part of the rolled image that each token belongs to, window by window; windows stand row by row. */
export function parts({ window, shift }: WindowMaskSpec, [windows]: Shape): number[] {
  const side = Math.sqrt(windows);
  const part = (place: number) => (place < (side - 1) * window ? 0 : place < side * window - shift ? 1 : 2);
  return Array.from({ length: windows * window ** 2 }, (_, index) => {
    const [at, token] = [Math.floor(index / window ** 2), index % window ** 2];
    const row = Math.floor(at / side) * window + Math.floor(token / window);
    const column = (at % side) * window + (token % window);
    return 3 * part(row) + part(column);
  });
}

export const windowMask: LayerDefinition<WindowMaskSpec> = {
  inputs: 1,
  output: (spec, { inputs: [input], wrong }) => {
    if (spec.shift >= spec.window) throw wrong(`its shift ${spec.shift} must be smaller than its window.`);
    if (input.length !== 4 || !Number.isInteger(Math.sqrt(input[0])))
      throw wrong('it needs scores of the windows of a square image, of windows, heads, tokens and tokens.');
    if (input[0] * spec.window ** 2 > MOST_TOKENS) throw wrong(`its image has more than ${MOST_TOKENS} tokens.`);
    return checked(spec, input, wrong);
  },
  flops: (_spec, _inputs, output) => volume(output),
  details: ({ window, shift }) => `${window}x${window}, shift ${shift}`,
};

function checked({ window }: { readonly window: number }, input: Shape, wrong: Wrong): Shape {
  const tokens = window ** 2;
  if (input.length < 3 || input.at(-1) !== tokens || input.at(-2) !== tokens)
    throw wrong(`it needs scores of heads, ${tokens} tokens and ${tokens} tokens.`);
  return input;
}
