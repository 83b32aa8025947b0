import { sentenceOf } from '../../api.ts';
import { uint8 } from '../../arrays.ts';
import type { Picture } from '../../filters/paint.ts';
import { session } from '../../state/session.svelte.ts';

export interface WishQuestion {
  readonly run: string;
  readonly study: string;
  readonly n: number;
  readonly units: readonly number[];
  readonly seeds: number;
}

export interface Wish {
  readonly picture: Picture;
  readonly response: number;
}

/** Pictures of what units would like to see, while they are wanted. */
export class Wishes {
  /** Unit by unit, seed by seed; none before they are there. */
  pictures = $state.raw<readonly Wish[]>([]);
  onMean = $state(true);
  /** 0..1 while they are drawn. */
  fraction = $state<number>();
  problem = $state<string>();

  /** Call it while a component is set up. */
  constructor(wanted: () => WishQuestion | undefined) {
    $effect(() => {
      const now = session.connected ? wanted() : undefined;
      this.pictures = [];
      this.fraction = undefined;
      this.problem = undefined;
      if (!now) return;
      const stop = new AbortController();
      void this.#ask(now, stop.signal);
      return () => stop.abort();
    });
  }

  async #ask(question: WishQuestion, signal: AbortSignal): Promise<void> {
    this.fraction = 0;
    try {
      const asked = { ...question, units: [...question.units] };
      for await (const { done, total } of await session.api.layers.draw(asked, { signal }))
        this.fraction = done / total;
      const { pixels, rows, columns, responses, onMean } = await session.api.layers.wishes(asked, { signal });
      const bytes = await uint8(pixels);
      if (signal.aborted) return;
      this.pictures = responses.map((response, place) => {
        return { response, picture: pictureOf(bytes, rows, columns, place) };
      });
      this.onMean = onMean;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    }
    if (!signal.aborted) this.fraction = undefined;
  }
}

/** [rows, columns, 3] bytes one after the other: the one at this place. */
function pictureOf(bytes: Uint8Array, rows: number, columns: number, place: number): Picture {
  const pixels = new Uint8ClampedArray(rows * columns * 4).fill(255);
  const first = 3 * rows * columns * place;
  for (let pixel = 0; pixel < rows * columns; pixel++)
    pixels.set(bytes.subarray(first + 3 * pixel, first + 3 * pixel + 3), 4 * pixel);
  return { width: columns, height: rows, pixels };
}
