import type { FilterClass, Oddity } from '../results/filters.ts';
import type { Palette } from './look.ts';

/** The names of the classes of filters on charts and in tables. */
export const CLASS_NAMES: Readonly<Record<FilterClass, string>> = {
  gabor: 'Gabor-like',
  edge: 'low-frequency edge',
  'colour blob': 'colour blob',
  'grey blob': 'grey blob',
  grating: 'grating',
  plaid: 'plaid',
  checkerboard: 'checkerboard',
  unclear: 'can’t tell',
  noise: 'noise',
  dead: 'dead',
};

/** The name for where there is little room. */
export const shortName = (name: FilterClass): string => (name === 'edge' ? 'edge' : CLASS_NAMES[name]);

/** How a class is drawn. No two differ by colour alone. */
export function classLook(name: FilterClass, { lines, faint, ink }: Palette) {
  const looks = {
    gabor: { colour: lines.selffer, symbol: 'circle', dashes: undefined },
    edge: { colour: lines['transfer+'], symbol: 'square', dashes: '6 3' },
    'colour blob': { colour: lines.transfer, symbol: 'triangle', dashes: '2 3' },
    'grey blob': { colour: ink, symbol: 'diamond', dashes: '8 3 2 3' },
    grating: { colour: lines['selffer+'], symbol: 'hexagon', dashes: '4 2' },
    plaid: { colour: lines['selffer+'], symbol: 'star', dashes: '3 3' },
    checkerboard: { colour: ink, symbol: 'asterisk', dashes: '2 2' },
    unclear: { colour: faint, symbol: 'wye', dashes: '4 4' },
    noise: { colour: lines.random, symbol: 'times', dashes: '1 2' },
    dead: { colour: faint, symbol: 'plus', dashes: '1 5' },
  } as const;
  return looks[name];
}

const WORDS: Readonly<Record<Oddity, (one: boolean) => string>> = {
  'not finite': (one) =>
    `${one ? 'has weights that are' : 'have weights that are'} not numbers, which count as 0: the training diverged; lower its learning rate`,
  zero: (one) => `${one ? 'is' : 'are'} zero everywhere and ${one ? 'responds' : 'respond'} to nothing`,
  constant: (one) =>
    `${one ? 'is' : 'are'} the same everywhere in each channel: a flat average of the colour below ${one ? 'it' : 'them'}, which responds to no pattern`,
};

/** `3 of the 32 filters are zero everywhere and respond to nothing.` One sentence for each oddity that there is. */
export function oddityWords(oddities: readonly (Oddity | null | undefined)[]): string[] {
  const kinds = Object.keys(WORDS) as Oddity[];
  return kinds.flatMap((kind) => {
    const number = oddities.filter((one) => one === kind).length;
    return number > 0 ? [`${number} of the ${oddities.length} filters ${WORDS[kind](number === 1)}.`] : [];
  });
}

/** `This filter is zero everywhere and responds to nothing.` */
export const oneOddityWords = (oddity: Oddity): string => `This filter ${WORDS[oddity](true)}.`;
