import { sentenceOf, SentenceError, throwSentence } from '../../api.ts';
import { Attempt } from '../../state/ask.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { pretrainedText } from '../../text/study.ts';
import { access } from '../../state/access.svelte.ts';
import { pathInMain } from '../../upload/upload.ts';

/** The endings of files that a whole network may be in. */
export const NETWORK_FILES = '.onnx,.safetensors,.pth,.pt,.th,.bin,.keras,.h5';

/** As main has it (src-main/pretrained/store.ts): a browser is told before it sends. */
const MOST_BYTES = 2 ** 31;

/** Reads a file that main can open, and returns what takes it into the draft. */
type Keep = (path: string, signal: AbortSignal) => Promise<() => void>;

/** A file of weights on its way into the draft: sent where the page is a browser's, then read. One at a time, the newest. */
export class TakenFile {
  /** Of what is on its way; undefined: nothing is. */
  name = $state<string>();
  /** While it is being sent. */
  sent = $state.raw<{ bytes: number; total: number }>();
  #problem = $state<string>();
  readonly #choosing = new Attempt();
  #stop = new AbortController();
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** What a person dropped, or chose with `<input type="file">`. */
  take(file: File): Promise<void> {
    return this.#during(file.name, async (signal) => {
      const onProgress = (bytes: number, total: number) => (this.sent = { bytes, total });
      if (!window.transplant) {
        if (file.size >= MOST_BYTES) throw new SentenceError(pretrainedText.tooLarge(file.name, file.size));
        onProgress(0, file.size);
      }
      await session.opened(signal);
      const { authorization } = access;
      return pathInMain(file, pretrainedText.noPath, { signal, onProgress, authorization }).catch(throwSentence);
    });
  }

  get problem(): string | undefined {
    return this.#problem ?? this.#choosing.problem;
  }

  /** Asks for it in a dialog of the system; undefined where there is none. */
  get dialog(): (() => void) | undefined {
    return session.home?.host.dialogs ? () => void this.#choosing.run(() => this.#chooseInDialog()) : undefined;
  }

  async #chooseInDialog(): Promise<void> {
    const path = await session.api.home.choose({ what: 'weights' });
    if (path !== null) await this.#during(path.split(/[\\/]/).at(-1)!, () => Promise.resolve(path));
  }

  stop(): void {
    this.#stop.abort();
    this.name = this.sent = undefined;
  }

  async #during(name: string, bring: (signal: AbortSignal) => Promise<string>): Promise<void> {
    this.stop();
    const { signal } = (this.#stop = new AbortController());
    this.name = name;
    this.#problem = undefined;
    try {
      const file = await bring(signal);
      signal.throwIfAborted();
      this.sent = undefined;
      const take = await this.#keep(file, signal);
      if (!signal.aborted) take();
    } catch (error) {
      if (!signal.aborted) this.#problem = sentenceOf(error);
    } finally {
      if (!signal.aborted) this.name = this.sent = undefined;
    }
  }
}
