import { SvelteMap } from 'svelte/reactivity';
import { uint8 } from '../../api.ts';
import { strip, type Pictures } from '../../parts/pictures.ts';
import { session } from '../../state/session.svelte.ts';

/** Classes that are asked for at once. */
const PAGE = 64;
export const PER_CLASS = 4;
/** Rows and columns that are asked for; answers are smaller where images are. */
const SIZE = 40;

/** A few images of each class, fetched page by page as tiles come into sight. */
export class Samples {
  readonly #set: string;
  readonly #classes: readonly string[];
  /** By page. */
  readonly #asked: boolean[] = [];
  readonly #pages = new SvelteMap<number, Pictures>();

  constructor(set: string, classes: readonly string[]) {
    this.#set = set;
    this.#classes = classes;
  }

  /** Asks for the images of a class, unless they are there or on their way. */
  want(label: number): void {
    const page = Math.floor(label / PAGE);
    if (this.#asked[page]) return;
    this.#asked[page] = true;
    // Pictures are an aid: without them the names still do, and the next tile that comes into sight asks again.
    this.#fetch(page).catch(() => (this.#asked[page] = false));
  }

  async #fetch(page: number): Promise<void> {
    const classes = this.#classes.slice(page * PAGE, (page + 1) * PAGE);
    const answer = await session.api.images.samples({ set: this.#set, classes, perClass: PER_CLASS, size: SIZE });
    const pixels = await uint8(answer.pixels);
    this.#pages.set(page, { size: answer.size, pixels });
  }

  /** The images of a class side by side, [size, 4 x size]; undefined until they are there. */
  picture(label: number): ImageData | undefined {
    const page = this.#pages.get(Math.floor(label / PAGE));
    return page && strip(page, (label % PAGE) * PER_CLASS, PER_CLASS);
  }
}
