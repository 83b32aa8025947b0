import type { FilterClass } from '../../src-main/common/results/filters.ts';
import type { Palette } from './look.ts';

/** What a class of filters is called on charts and in tables. */
export const CLASS_NAMES: Readonly<Record<FilterClass, string>> = {
  gabor: 'Gabor-like',
  edge: 'edge of low frequency',
  'colour blob': 'colour blob',
  'grey blob': 'grey blob',
  noise: 'noise',
  dead: 'dead',
};

/** The same where there is little room. */
export const shortName = (name: FilterClass): string => (name === 'edge' ? 'edge' : CLASS_NAMES[name]);

/** How a class is drawn: no two differ by colour alone. */
export function classLook(name: FilterClass, { lines, faint, ink }: Palette) {
  const looks = {
    gabor: { colour: lines.selffer, symbol: 'circle', dashes: undefined },
    edge: { colour: lines['transfer+'], symbol: 'square', dashes: '6 3' },
    'colour blob': { colour: lines.transfer, symbol: 'triangle', dashes: '2 3' },
    'grey blob': { colour: ink, symbol: 'diamond', dashes: '8 3 2 3' },
    noise: { colour: lines.random, symbol: 'times', dashes: '1 2' },
    dead: { colour: faint, symbol: 'plus', dashes: '1 5' },
  } as const;
  return looks[name];
}
