import type { NetworkChoice } from '../../../src-main/common/contract/networks.ts';
import { sentenceOf, SentenceError, throwSentence } from '../../api.ts';
import { draft } from '../../state/draft.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { pretrainedText } from '../../text/study.ts';
import { access } from '../../state/access.svelte.ts';
import { upload } from '../../upload/upload.ts';

/** As main has it (src-main/pretrained/store.ts): a browser is told before it sends. */
const MOST_BYTES = 2 ** 31;

/** A pretrained file on its way into the draft: sent where the page is a browser's, then read. One at a time, the newest. */
export class PretrainedFile {
  /** Of what is on its way; undefined: nothing is. */
  name = $state<string>();
  /** While it is being sent. */
  sent = $state.raw<{ bytes: number; total: number }>();
  problem = $state<string>();
  #stop = new AbortController();

  /** What a person dropped, or chose with `<input type="file">`. */
  take(file: File, network: NetworkChoice): Promise<void> {
    const { transplant } = window;
    return this.#during(file.name, network, async (signal) => {
      if (transplant) return transplant.pathOf(file) || refuse(pretrainedText.noPath);
      if (file.size >= MOST_BYTES) refuse(pretrainedText.tooLarge(file.name, file.size));
      const onProgress = (bytes: number, total: number) => (this.sent = { bytes, total });
      onProgress(0, file.size);
      return (
        await upload(file.name, file, { signal, onProgress, authorization: access.authorization }).catch(throwSentence)
      ).path;
    });
  }

  /** Asks for it in a dialog of the system. */
  async chooseInDialog(network: NetworkChoice): Promise<void> {
    const path = await session.api.home.choose({ what: 'weights' });
    if (path !== null) await this.#during(path.split(/[\\/]/).at(-1)!, network, () => Promise.resolve(path));
  }

  stop(): void {
    this.#stop.abort();
    this.name = this.sent = undefined;
  }

  async #during(name: string, network: NetworkChoice, bring: (signal: AbortSignal) => Promise<string>): Promise<void> {
    this.stop();
    const { signal } = (this.#stop = new AbortController());
    this.name = name;
    this.problem = undefined;
    try {
      const file = await bring(signal);
      signal.throwIfAborted();
      this.sent = undefined;
      const kept = await session.api.networks.keepPretrained({ file, network }, { signal });
      if (!signal.aborted) draft.choosePretrained(kept);
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    } finally {
      if (!signal.aborted) this.name = this.sent = undefined;
    }
  }
}

function refuse(sentence: string): never {
  throw new SentenceError(sentence);
}
