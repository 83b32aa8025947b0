import type { ManualPage, ManualSection } from '../../../packaging/manual.ts';

export interface Found {
  readonly page: ManualPage;
  readonly section: ManualSection;
  /** The words around the first hit; the whole text where it is short. */
  readonly excerpt: string;
}

/** Characters of an excerpt, before and after the hit. */
const [BEFORE, AFTER] = [40, 100];

/** Sections that have every word of the question, in heading or text; those with a word in their heading come first. */
export function searchManual(pages: readonly ManualPage[], question: string): Found[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = pages.flatMap((page) =>
    page.sections
      .map((section) => ({ page, section, heading: `${section.title || page.title}`.toLowerCase() }))
      .filter(({ section, heading }) => {
        const all = `${heading} ${section.text.toLowerCase()}`;
        return words.every((word) => all.includes(word));
      }),
  );
  const inHeading = ({ heading }: { heading: string }) => Number(words.some((word) => heading.includes(word)));
  return found
    .sort((a, b) => inHeading(b) - inHeading(a))
    .map(({ page, section }) => ({ page, section, excerpt: excerptOf(section.text, words) }));
}

function excerptOf(text: string, words: readonly string[]): string {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const place = Math.min(...places, text.length);
  const start = places.length === 0 ? 0 : Math.max(0, place - BEFORE);
  const end = Math.min(text.length, start + BEFORE + AFTER);
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
