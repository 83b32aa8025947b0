import { SvelteMap } from 'svelte/reactivity';
import { sentenceOf } from '../../api.ts';
import type { Pictures } from '../../parts/pictures.ts';

/** Pixels of a picture on the wall, and of its place: the picture and the gap beside and below it. */
export const PICTURE = 64;
export const CELL = PICTURE + 2;

/** Where an arrow key leads from a position on a wall of so many columns; undefined: no such key. */
export function positionAfter(
  key: string,
  { position, columns, rowsInView, total }: { position: number; columns: number; rowsInView: number; total: number },
): number | undefined {
  const row = position - (position % columns);
  const to: Record<string, number> = {
    ArrowLeft: position - 1,
    ArrowRight: position + 1,
    ArrowUp: position - columns,
    ArrowDown: position + columns,
    PageUp: position - columns * rowsInView,
    PageDown: position + columns * rowsInView,
    Home: row,
    End: row + columns - 1,
  };
  if (!Object.hasOwn(to, key)) return undefined;
  return Math.min(Math.max(to[key], 0), total - 1);
}

/** Some of the wall: as many pictures as there are entries in `images`. */
export interface WallPage extends Pictures {
  readonly images: readonly { readonly image: number; readonly label: number; readonly heldOut: boolean }[];
}

interface Options {
  /** Asks for the pictures at positions first..first+count-1. */
  readonly ask: (first: number, count: number, signal: AbortSignal) => Promise<WallPage>;
  /** Images of the wall. */
  readonly total: number;
  /** Images a page. */
  readonly count?: number;
  /** Pages kept in memory. */
  readonly keep?: number;
  /** Questions at a time. */
  readonly atOnce?: number;
  /** When to look at what is wanted: once a frame, however often it changes within one. */
  readonly soon?: (work: () => void) => void;
}

/**
 * The pictures of a wall that is too large to be kept: pages of it, asked for as they come into view. Pages that were
 * scrolled past before their answer came are dropped; those far from what is shown are forgotten.
 */
export class WallPages {
  readonly #options: Required<Options>;
  readonly #pages = new SvelteMap<number, WallPage>();
  // Not reactive: nobody follows what is asked for, only what has come.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #asked = new Map<number, AbortController>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #failed = new Set<number>();
  #wanted: number[] = [];
  #scheduled = false;
  #closed = false;
  /** Why pictures are missing. */
  problem = $state<string>();

  constructor(options: Options) {
    this.#options = { count: 128, keep: 24, atOnce: 2, soon: (work) => requestAnimationFrame(work), ...options };
  }

  /** Images a page. */
  get count(): number {
    return this.#options.count;
  }

  /** The page with the pictures from `page * count` on; undefined: not there (yet). Following it follows its arrival. */
  page(page: number): WallPage | undefined {
    return this.#pages.get(page);
  }

  /** What is known of the image at a position. */
  at(position: number): WallPage['images'][number] | undefined {
    return this.page(Math.floor(position / this.count))?.images[position % this.count];
  }

  /** Says that the images at positions first..last are in view. */
  show(first: number, last: number): void {
    this.#wanted = this.#around(first, last);
    this.#schedule();
  }

  /** Asks again for what could not be had. */
  again(): void {
    this.#failed.clear();
    this.problem = undefined;
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#asked.values()) stop.abort();
  }

  /** Pages in view, and then the one after them and the one before. */
  #around(first: number, last: number): number[] {
    const { count, total } = this.#options;
    const [from, to] = [Math.floor(first / count), Math.floor(last / count)];
    const inView = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    return [...inView, to + 1, from - 1].filter((page) => page >= 0 && page * count < total);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.soon(() => {
      this.#scheduled = false;
      this.#work();
    });
  }

  #work(): void {
    if (this.#closed) return;
    for (const [page, stop] of this.#asked) if (!this.#wanted.includes(page)) stop.abort();
    for (const page of this.#wanted) {
      if (this.#asked.size >= this.#options.atOnce) return;
      if (!this.#pages.has(page) && !this.#asked.has(page) && !this.#failed.has(page)) void this.#ask(page);
    }
  }

  async #ask(page: number): Promise<void> {
    const { ask, count, total } = this.#options;
    const stop = new AbortController();
    this.#asked.set(page, stop);
    try {
      const answer = await ask(page * count, Math.min(count, total - page * count), stop.signal);
      if (stop.signal.aborted) return;
      this.#pages.set(page, answer);
      this.#forget();
    } catch (error) {
      if (stop.signal.aborted) return;
      this.#failed.add(page);
      this.problem = sentenceOf(error);
    } finally {
      this.#asked.delete(page);
      this.#schedule();
    }
  }

  /** What is wanted is never forgotten: it would be asked for again at once. */
  #forget(): void {
    const middle = this.#wanted[0] ?? 0;
    const others = [...this.#pages.keys()].filter((page) => !this.#wanted.includes(page));
    const farthestFirst = others.sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of farthestFirst.slice(0, Math.max(0, this.#pages.size - this.#options.keep)))
      this.#pages.delete(page);
  }
}
