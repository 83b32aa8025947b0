import { sentenceOf, uint8 } from '../../api.ts';
import { pictureAt, type Picture } from '../../parts/pictures.ts';
import { session } from '../../state/session.svelte.ts';

export interface PreferredInputQuestion {
  readonly run: string;
  readonly study: string;
  readonly n: number;
  readonly units: readonly number[];
  readonly seeds: number;
}

export interface PreferredInput {
  readonly picture: Picture;
  readonly response: number;
}

/** The preferred inputs of units, drawn by gradient ascent while they are wanted. */
export class PreferredInputs {
  /** Unit by unit, seed by seed; none before they are there. */
  pictures = $state.raw<readonly PreferredInput[]>([]);
  onMean = $state(true);
  /** 0..1 while they are drawn. */
  fraction = $state<number>();
  problem = $state<string>();

  /** Call it while a component is set up. */
  constructor(wanted: () => PreferredInputQuestion | undefined) {
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

  async #ask(question: PreferredInputQuestion, signal: AbortSignal): Promise<void> {
    this.fraction = 0;
    try {
      const asked = { ...question, units: [...question.units] };
      for await (const { done, total } of await session.api.layers.draw(asked, { signal }))
        this.fraction = done / total;
      const { pixels, rows, columns, responses, onMean } = await session.api.layers.wishes(asked, { signal });
      const bytes = await uint8(pixels);
      if (signal.aborted) return;
      this.pictures = responses.map((response, place) => {
        return { response, picture: pictureAt(bytes, place, rows, columns) };
      });
      this.onMean = onMean;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    }
    if (!signal.aborted) this.fraction = undefined;
  }
}
