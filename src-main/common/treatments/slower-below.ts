import { COPIED, DASHES, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';

/** `AnB+0.1`: fine-tuned, the copied layers with a tenth of the learning rate (Howard & Ruder 2018, section 3.2). */
export const slowerBelow = {
  lowers: COPIED,
  sign: '+',
  parameter: {
    ...{ least: 0.0001, most: 0.9999, decimals: 4, usual: 0.1 },
    label: 'Factor',
    hint: 'Factor of the learning rate, below 1',
  },
  variantOf: fineTuned,
  against: [fineTuned],
  identity: { field: 'copiedRate' },
  learning: (factor) => ({ frozen: false, rateOf: () => factor }),

  look: ({ lower, value: factor }) => {
    // Each tenth of the rate adds a dot.
    const dots = Math.min(4, Math.ceil(-Math.log10(factor)));
    return {
      meaning: `${lower}, rate × ${factor}`,
      hollow: true,
      symbol: 'star',
      dashes: `${DASHES}${' 1 3'.repeat(dots)}`,
    };
  },

  words: {
    short: 'lower rate',
    choice: {
      title: 'fine-tuned at a lower learning rate',
      hint: 'Copied layers change less than the new layers above them.',
    },
    card: ({ title, value: factor }) => ({
      title: `${title}, fine-tuned, copied layers slowly`,
      shows: `Copied layers learn at ${factor} of the rate`,
    }),
    becomes: (factor, one) => `${fineTuned.words.becomes(0, one)} at ${factor} of the learning rate`,
    network: ({ title, layers, source, rest, value: factor }) =>
      `${title}, fine-tuned: ${layers} copied from ${source}, ${rest} as a whole, the copied layers at ${factor} of the learning rate.`,
    brief: (factor) => `fine-tuned, copied layers at ${factor} of the rate`,
    methods: ({ names }) =>
      `A number after the plus (${names}) is the factor of the learning rate at which the copied layers were fine-tuned, the others at all of it (discriminative fine-tuning, Howard and Ruder, 2018).`,
  },
} as const satisfies Variant;
