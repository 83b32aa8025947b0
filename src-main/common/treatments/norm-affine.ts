import { COPIED, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';
import { frozen } from './frozen.ts';

/**
 * `AnB~norms`: copied layers frozen but for the weight and bias of their norms, which learn (Mudrakarta et al. 2019, arXiv
 * 1810.10703; Frankle, Schwab and Morcos 2021, arXiv 2003.00152). Running statistics of batch norms stay as they are.
 */
export const normAffine = {
  lowers: COPIED,
  sign: '~norms',
  variantOf: frozen,
  against: [frozen, fineTuned],
  needs: 'norm',
  identity: { field: 'normAffine', value: 'learns' },
  learning: () => ({ frozen: false, norms: 'affine' }),

  look: ({ lower }) => ({ meaning: `${lower}, norms learn`, hollow: false, symbol: 'triangle', dashes: '4 2 1.5 2' }),

  words: {
    short: 'trained norms',
    choice: {
      title: 'frozen, with norms that learn',
      hint: 'Of the copied layers only the weights and biases of norms learn: a scale and a shift for each channel.',
    },
    card: ({ title }) => ({
      title: `${title}, norms learn`,
      shows: 'How much a scale and a shift for each channel regain',
    }),
    becomes: (_, one) =>
      `${one ? 'stays' : 'stay'} frozen but for ${one ? 'its' : 'their'} norms, which go on learning`,
    network: ({ title, layers, source, rest }) =>
      `${title} with norms that learn: ${layers} copied from ${source} and frozen but for their norms, ${rest}.`,
    brief: () => 'frozen but for norms, which learn',
    methods: ({ names, trained }) =>
      `In ${names} the copied layers stayed frozen but for weight and bias of their norms, which were trained (Frankle, Schwab and Morcos, 2021), with the statistics of batch norms as they were; ` +
      `${trained} were trained, with those of the layers above n.`,
  },
} as const satisfies Variant;
