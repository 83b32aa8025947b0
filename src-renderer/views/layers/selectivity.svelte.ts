import type { Look } from '../../../src-main/common/contract/layers.ts';
import { sentenceOf } from '../../api.ts';
import { session } from '../../state/session.svelte.ts';

export interface Training {
  readonly run: string;
  readonly study: string;
}

/** How specific the units of a training's layers are, from the images that excite them most; asked for while it is wanted. */
export class LayerSelectivity {
  value = $state.raw<{ readonly run: string; readonly look: Look }>();
  progress = $state.raw<{ readonly done: number; readonly total: number }>();
  problem = $state<string>();

  /** Call it while a component is set up. */
  constructor(wanted: () => Training | undefined) {
    $effect(() => {
      const now = session.connected ? wanted() : undefined;
      this.progress = undefined;
      this.problem = undefined;
      if (!now) return;
      const stop = new AbortController();
      void this.#ask(now, stop.signal);
      // Going on to another training ends the process that works on this one.
      return () => stop.abort();
    });
  }

  async #ask({ run, study }: Training, signal: AbortSignal): Promise<void> {
    try {
      for await (const message of await session.api.layers.look({ run, study }, { signal })) {
        if (signal.aborted) return;
        if (message.type === 'progress') this.progress = message;
        else this.value = { run, look: message };
      }
      if (!signal.aborted) this.progress = undefined;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    }
  }
}
