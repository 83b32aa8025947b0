import { UserError } from '../../../errors.ts';

/** What a person said, by the id of a choice: `levels` -> `inner`, `folder:masks` -> `out`. */
export type Answers = Readonly<Record<string, string>>;

/** Something about a set that its files don't tell for certain. */
export interface Choice {
  readonly id: string;
  /** A sentence that says what was seen, and what is to be decided. */
  readonly question: string;
  readonly options: readonly { readonly value: string; readonly says: string }[];
  /** What is done: what a person said, else a safe guess; absent: the import can't go on. */
  readonly chosen?: string;
  /** Whether a person said it. */
  readonly said: boolean;
  /** Whether something else than the options may be said: the text is an example. */
  readonly free?: boolean;
  /** How the command line says it, up to the value: `--levels `. */
  readonly flag: string;
}

/** Ends a reading at a choice that nobody made and that no guess is safe for. */
export class Unanswered extends Error {}

type Asked = Pick<Choice, 'question' | 'options' | 'free'> & { readonly guess?: string };

/** The choices that came up in a reading, with what was chosen. */
export class Choices {
  readonly #answers: Answers;
  readonly #asked = new Map<string, Choice>();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  get list(): Choice[] {
    return [...this.#asked.values()];
  }

  /** The answer to a choice, as far as one was given. */
  said(id: string): string | undefined {
    return Object.hasOwn(this.#answers, id) ? this.#answers[id] : undefined;
  }

  /** What to do. Throws Unanswered without an answer or a guess, and a UserError for an answer that is no option. */
  take(id: string, { guess, ...asked }: Asked): string {
    const said = this.said(id);
    const flag = id.startsWith('folder:') ? `--folder ${quoted(id.slice('folder:'.length))}=` : `--${id} `;
    this.#asked.set(id, { id, ...asked, flag, chosen: said ?? guess, said: said !== undefined });
    if (said !== undefined && !asked.free && !asked.options.some(({ value }) => value === said))
      throw new UserError(
        `"${said}" is nothing that ${flag.trim()} can be here: ${listed(asked.options.map(({ value }) => value))}.`,
        { usage: true },
      );
    const chosen = said ?? guess;
    if (chosen === undefined) throw new Unanswered();
    return chosen;
  }

  /** Throws a UserError for an answer to a question that did not come up: it would change nothing, silently. */
  refuseUnused(known: (id: string) => boolean): void {
    for (const id of Object.keys(this.#answers))
      if (!this.#asked.has(id) && !known(id))
        throw new UserError(
          id.startsWith('folder:')
            ? `There is no folder "${id.slice('folder:'.length)}" to decide about: "--dry-run" lists what there is.`
            : `There is nothing here that --${id} decides: leave it out, or see with "--dry-run" what can be chosen.`,
          { usage: true },
        );
  }
}

/** The sentence with which an import stops at a choice. */
export function stopped(source: string, { question, options, flag }: Choice): string {
  const ways = options.map(({ value, says }) => `${flag}${quoted(value)} (${says})`);
  return `${source} was not imported, because it can be read in more than one way. ${question} Say ${listed(ways)}.`;
}

const quoted = (value: string): string => (/^[\w.:/+-]+$/.test(value) ? value : `"${value}"`);

/** `a`, `a or b`, `a, b or c` */
export function listed(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(words);
}
