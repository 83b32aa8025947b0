import { COPIED, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';
import { frozen } from './frozen.ts';

/**
 * `AnB~stats`: copied layers frozen, while the statistics of their batch norms are estimated again on the target's images
 * (adaptive batch normalisation, Li et al. 2016, arXiv 1603.04779): steps use those of their batch, which running ones follow.
 */
export const normStatistics = {
  lowers: COPIED,
  sign: '~stats',
  variantOf: frozen,
  against: [frozen, fineTuned],
  needs: 'batch-norm',
  identity: { field: 'normStatistics', value: 'of the target' },
  learning: () => ({ frozen: false, norms: 'statistics' }),

  look: ({ lower }) => ({ meaning: `${lower}, new statistics`, hollow: false, symbol: 'star', dashes: '1.5 2.5' }),

  words: {
    short: 'new statistics',
    choice: {
      title: 'frozen, with statistics of the target',
      hint: 'Batch norms of the copied layers estimate their means and variances again, on the target’s images. Weights stay.',
    },
    card: ({ title }) => ({
      title: `${title}, statistics of the target`,
      shows: 'How much of what frozen features lose is their scale',
    }),
    becomes: (_, one) => `${one ? 'stays' : 'stay'} frozen, the statistics of batch norms estimated again`,
    network: ({ title, layers, source, rest }) =>
      `${title} with new statistics: ${layers} copied from ${source} and frozen, the statistics of batch norms estimated again on the target’s images, ${rest}.`,
    brief: () => 'frozen, statistics of batch norms estimated again',
    methods: ({ names }) =>
      `In ${names} weights and biases of the copied layers stayed frozen, but batch norms among them normalised training steps by the statistics of the batch, which the running statistics followed from those of the source on, so that tests used statistics of the target’s images (adaptive batch normalisation, Li et al., 2016).`,
  },
} as const satisfies Variant;
