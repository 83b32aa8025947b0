import type { PaperTreatment } from './definition.ts';

/** `RnB`: the first n layers random and frozen (Yosinski et al. 2014, Figure 3, right; the paper gives it no letter). */
export const random = {
  lowers: ['random'],
  sign: '',
  learning: () => ({ frozen: true }),

  drawn: { random: { light: '#6b6b6b', dark: '#a3abb6', shift: -0.05 } },
  look: () => ({ meaning: 'random, frozen', hollow: false, symbol: 'triangle' }),

  words: {
    short: 'random',
    card: () => ({ title: 'Random, frozen', shows: 'The baseline for what features are worth' }),
    becomes: (_, one) => `${one ? 'stays' : 'stay'} so`,
    network: ({ layers, rest }) => `Random features: ${layers} random and frozen, ${rest}.`,
  },
} as const satisfies PaperTreatment;
