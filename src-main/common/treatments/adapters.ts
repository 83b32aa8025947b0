import { COPIED, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';
import { frozen } from './frozen.ts';

const BESIDE_CONVOLUTIONS =
  'beside each copied convolution two 1 × 1 convolutions through so many channels were trained (Rebuffi et al., 2018, in the form of Hu et al., 2022) and merged into the centre of its kernel';
const BESIDE_BOTH =
  'beside each copied convolution and dense layer, those of attention included, two matrices through so many values were trained (Hu et al., 2022; beside convolutions 1 × 1, as by Rebuffi et al., 2018) and merged into it, the centre of a kernel,';

const SYMBOLS = ['diamond', 'cross', 'wye'] as const;

/**
 * `AnB~4`: copied layers frozen, with an adapter of rank 4 beside each convolution (Rebuffi et al. 2018, in the form
 * of Hu et al. 2022), in networks of today also beside each dense layer (network/variants.ts). Adapters are compared with the frozen layers that they stand beside, and
 * with the fine-tuning that they replace.
 */
export const adapters = {
  lowers: COPIED,
  sign: '~',
  parameter: {
    ...{ least: 1, most: 64, decimals: 0, usual: 4 },
    label: 'Rank',
    hint: 'Number of channels inside an adapter, 1 to 64',
  },
  variantOf: frozen,
  against: [frozen, fineTuned],
  identity: { field: 'adapterRank' },
  learning: (rank) => ({ frozen: false, adapterRank: rank }),

  /**
   * Ranks differ in marker and dots: each doubling changes the marker and adds a dot to every group. Ranks between
   * two powers of two have hollow markers.
   */
  look: ({ lower, value: rank }) => {
    const doublings = Math.floor(Math.log2(rank));
    return {
      meaning: `${lower}, adapters`,
      hollow: rank !== 2 ** doublings,
      symbol: SYMBOLS[doublings % SYMBOLS.length],
      dashes: `${'1.5 2.5 '.repeat(doublings)}1.5 8`,
    };
  },

  words: {
    short: 'adapters',
    choice: {
      title: 'frozen, with adapters that learn',
      hint: 'Two small convolutions beside each copied one learn in its place, in transformers two matrices beside each dense layer. Afterwards they are added to it.',
    },
    card: ({ title, value: rank }) => ({
      title: `${title}, adapters of rank ${rank}`,
      shows: 'How much a few weights beside frozen features regain',
    }),
    becomes: (rank, one) => `${one ? 'stays' : 'stay'} frozen, with adapters of rank ${rank} that learn`,
    network: ({ title, layers, source, rest, value: rank }) =>
      `${title} with adapters: ${layers} copied from ${source} and frozen, with adapters of rank ${rank} that learn, ${rest}.`,
    brief: (rank) => `frozen, with adapters of rank ${rank}`,
    methods: ({ names, trained, besideDense }) =>
      `A number after the tilde (${names}) is the rank of low-rank adapters: the copied layers stayed frozen, and ${besideDense ? BESIDE_BOTH : BESIDE_CONVOLUTIONS} before testing; ` +
      `${trained} were trained, with those of the layers above n.`,
  },
} as const satisfies Variant;
