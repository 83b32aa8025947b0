import { COPIED, DASHES, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';

/**
 * `AnB+^0.75`: fine-tuned, the rate of each copied layer 0.75 of that of the layer above it (layer-wise learning-rate decay:
 * Clark et al. 2020, ELECTRA, arXiv 2003.10555; Bao et al. 2022, BEiT, arXiv 2106.08254). Layer n learns at 0.75 of the rate.
 */
export const rateDecay = {
  lowers: COPIED,
  sign: '+^',
  parameter: {
    ...{ least: 0.01, most: 0.99, decimals: 2, usual: 0.75 },
    label: 'Decay',
    hint: 'Factor of the learning rate from layer to layer, below 1',
  },
  variantOf: fineTuned,
  against: [fineTuned],
  identity: { field: 'rateDecay' },
  learning: (decay) => ({ frozen: false, rateOf: (layer, n) => decay ** (n + 1 - layer) }),

  look: ({ lower, value: decay }) => {
    // The lower layers learn more slowly, the more dots there are.
    const dots = Math.min(5, Math.ceil(8 * (1 - decay)));
    return {
      meaning: `${lower}, rate × ${decay} a layer`,
      hollow: true,
      symbol: 'diamond',
      dashes: `${DASHES} ${DASHES}${' 1 3'.repeat(dots)}`,
    };
  },

  words: {
    short: 'decaying rate',
    choice: {
      title: 'fine-tuned at rates that decay layer by layer',
      hint: 'Each copied layer learns more slowly than the one above it.',
    },
    card: ({ title, value: decay }) => ({
      title: `${title}, fine-tuned, lower layers more slowly`,
      shows: `From each copied layer to the one below, the rate falls to ${decay} of it`,
    }),
    becomes: (decay, one) =>
      `${fineTuned.words.becomes(0, one)} at ${decay} of the learning rate${one ? '' : ', to the power of the distance from the layers above'}`,
    network: ({ title, layers, source, rest, value: decay }) =>
      `${title}, fine-tuned: ${layers} copied from ${source}, ${rest} as a whole, each copied layer at ${decay} of the rate of the layer above it.`,
    brief: (decay) => `fine-tuned, each copied layer at ${decay} of the rate above it`,
    methods: ({ names }) =>
      `A number after the plus and caret (${names}) is the factor d of layer-wise learning-rate decay: copied layer k of n was fine-tuned at d^(n + 1 − k) of the learning rate, the layers above n at all of it (Clark et al., 2020; Bao et al., 2022).`,
  },
} as const satisfies Variant;
