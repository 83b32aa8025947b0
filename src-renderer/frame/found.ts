/** Something that the palette offers. */
export interface Entry {
  readonly id: string;
  readonly label: string;
  /** The heading that it stands under. */
  readonly group: string;
  /** Beside the label: keys, or what a study is. */
  readonly note?: string;
  readonly run: () => void;
}

/** As many as a person reads: more are found by another letter. */
const MOST = 60;

/**
 * The entries that have every word of a question, in any order; those that begin with it come first, each kept in its group's
 * order. Without a question the first ones of all.
 */
export function entriesFor(question: string, entries: readonly Entry[]): Entry[] {
  const asked = question.trim().toLocaleLowerCase();
  const words = asked.split(/\s+/);
  const has = ({ label, group }: Entry) => {
    const text = `${label} ${group}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  };
  const matching = entries.filter(has);
  const begins = ({ label }: Entry) => label.toLocaleLowerCase().startsWith(asked);
  return [...matching.filter(begins), ...matching.filter((entry) => !begins(entry))].slice(0, MOST);
}

/** Entries under their headings, in the order in which the headings come first. */
export const inGroups = (entries: readonly Entry[]): [group: string, entries: Entry[]][] => [
  ...Map.groupBy(entries, ({ group }) => group),
];
