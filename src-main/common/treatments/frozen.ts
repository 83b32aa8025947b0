import { COPIED, type PaperTreatment } from './definition.ts';

/** `BnB`, `AnB`: the first n layers copied and frozen, the rest random and trained (Yosinski et al. 2014, section 3). */
export const frozen = {
  lowers: COPIED,
  sign: '',
  learning: () => ({ frozen: true }),

  drawn: {
    selffer: { light: '#005a8f', dark: '#4aa3e0', shift: -0.15 },
    transfer: { light: '#b84300', dark: '#f2915a', shift: 0.05 },
  },
  look: ({ lower }) => ({
    meaning: `${lower}, frozen`,
    hollow: false,
    symbol: lower === 'selffer' ? 'circle' : 'square',
  }),

  words: {
    short: 'frozen',
    card: ({ lower }) =>
      lower === 'selffer'
        ? { title: 'Selffer, frozen', shows: 'Below baseB: fragile co-adaptation' }
        : { title: 'Transfer, frozen', shows: 'Below BnB: how specific features are to A' },
    becomes: (_, one) => `${one ? 'stays' : 'stay'} frozen`,
    network: ({ title, layers, source, rest }) => `${title}: ${layers} copied from ${source} and frozen, ${rest}.`,
  },
  became: 'stayed frozen',
} as const satisfies PaperTreatment;
