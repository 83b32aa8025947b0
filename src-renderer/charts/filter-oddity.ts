import type { Oddity } from '../../src-main/common/results/filters.ts';

const WORDS: Readonly<Record<Oddity, (one: boolean) => string>> = {
  'not finite': (one) =>
    `${one ? 'has weights that are' : 'have weights that are'} not numbers, which count as 0: the training diverged; lower its learning rate`,
  zero: (one) => `${one ? 'is' : 'are'} zero everywhere, and ${one ? 'answers' : 'answer'} to nothing`,
  constant: (one) =>
    `${one ? 'is' : 'are'} the same everywhere in each channel: a flat average of the colour below ${one ? 'it' : 'them'}, which answers to no pattern`,
};

/** `3 of the 32 filters are zero everywhere, and answer to nothing.` One sentence for each oddity that there is. */
export function oddityWords(oddities: readonly (Oddity | null | undefined)[]): string[] {
  const kinds = Object.keys(WORDS) as Oddity[];
  return kinds.flatMap((kind) => {
    const number = oddities.filter((one) => one === kind).length;
    return number > 0 ? [`${number} of the ${oddities.length} filters ${WORDS[kind](number === 1)}.`] : [];
  });
}

/** `This filter is zero everywhere, and answers to nothing.` */
export const oneOddityWords = (oddity: Oddity): string => `This filter ${WORDS[oddity](true)}.`;
