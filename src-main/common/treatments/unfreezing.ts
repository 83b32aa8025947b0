import { COPIED, type Reported, type Variant } from './definition.ts';
import { fineTuned } from './fine-tuned.ts';

/**
 * `AnB^`: copied layers begin frozen and are unfrozen from the top, one more with each epoch (Howard & Ruder 2018,
 * section 3.3). With fewer epochs than copied layers, the lowest never learn.
 */
export const unfreezing = {
  lowers: COPIED,
  sign: '^',
  variantOf: fineTuned,
  against: [fineTuned],
  identity: { field: 'unfreezing', value: 'from the top' },
  learning: () => ({
    frozen: false,
    stages: (n) => Array.from({ length: n + 1 }, (_, epoch) => ({ epoch, frozen: n - epoch })),
  }),

  look: ({ lower }) => ({ meaning: `${lower}, unfrozen`, hollow: true, symbol: 'triangle', dashes: '9 3 2 3' }),

  words: {
    short: 'unfrozen',
    choice: {
      title: 'unfrozen from the top',
      hint: 'All are frozen in the first epoch. With each further epoch the topmost frozen one begins to learn.',
    },
    card: ({ title }) => ({
      title: `${title}, unfrozen from the top`,
      shows: 'Copied layers learn one after the other, the topmost first',
    }),
    becomes: (_, one) => `${one ? 'begins' : 'begin'} frozen, one more learning with each epoch from the top`,
    network: ({ title, layers, source, rest }) =>
      `${title}, unfrozen from the top: ${layers} copied from ${source} and frozen at first, one more learning with each epoch, ${rest}.`,
    brief: () => 'unfrozen from the top',
    methods: (reported) =>
      `In ${reported.names} the copied layers began frozen and with each epoch the topmost frozen one began to learn (gradual unfreezing, Howard and Ruder, 2018)${neverReached(reported)}.`,
  },
} as const satisfies Variant;

function neverReached({ layers, epochs, few }: Reported): string {
  const beyond = layers.filter((n) => n >= epochs);
  if (beyond.length === 0) return '';
  const trained = `in ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  const lowest = epochs === 1 ? 'all of them' : `the lowest n − ${epochs - 1}`;
  return `; ${few ? 'on all images, ' : ''}${trained}, ${lowest} stayed frozen for n = ${beyond.join(', ')}`;
}
