import { COPIED, DASHES, type PaperTreatment } from './definition.ts';

/** `BnB+`, `AnB+`: the first n layers copied, and all layers trained (Yosinski et al. 2014, section 3). */
export const fineTuned = {
  lowers: COPIED,
  sign: '+',
  learning: () => ({ frozen: false }),

  drawn: {
    selffer: { light: '#2f8fcf', lightText: '#1f76b3', dark: '#a5d8f8', shift: -0.05 },
    transfer: { light: '#cc7a00', lightText: '#a36100', dark: '#f5c451', shift: 0.15 },
  },
  look: ({ lower }) => ({
    meaning: `${lower}, fine-tuned`,
    hollow: true,
    symbol: lower === 'selffer' ? 'circle' : 'square',
    dashes: DASHES,
  }),

  words: {
    short: 'fine-tuned',
    card: ({ lower }) =>
      lower === 'selffer'
        ? { title: 'Selffer, fine-tuned', shows: 'The control for training twice' }
        : { title: 'Transfer, fine-tuned', shows: 'Above baseB and BnB+: better generalisation' },
    becomes: (_, one) => (one ? 'goes on learning' : 'go on learning'),
    network: ({ title, layers, source, rest }) =>
      `${title}, fine-tuned: ${layers} copied from ${source}, ${rest} as a whole.`,
  },
  became: 'were fine-tuned with the others',
} as const satisfies PaperTreatment;
