import type { PredictionProgress } from '../../../../src-main/api/contract/predictions.ts';
import { sentenceOf, type Api } from '../../../api.ts';

/** The working out of a study's cheap predictors: how far it is, until it has ended or is stopped. */
export class Predicting {
  progress = $state.raw<PredictionProgress>();
  running = $state(false);
  stopped = $state(false);
  problem = $state<string>();
  #stop: AbortController | undefined;

  async run(api: Api, study: string): Promise<void> {
    if (this.running) return;
    const stop = (this.#stop = new AbortController());
    [this.running, this.stopped, this.problem, this.progress] = [true, false, undefined, undefined];
    try {
      const { signal } = stop;
      for await (const progress of await api.studies.predict({ study }, { signal })) this.progress = progress;
    } catch (error) {
      if (!stop.signal.aborted) this.problem = sentenceOf(error);
    }
    this.stopped = stop.signal.aborted;
    this.running = false;
  }

  stop(): void {
    this.#stop?.abort();
  }
}
