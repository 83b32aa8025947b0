import { UserError } from '../errors.ts';
import type { Application } from './application.ts';
import type { PredictWatch } from './predictions.ts';

/** The cheap predictors that are being worked out: those of one study at a time. */
export class PredictionWork {
  #stop: AbortController | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** Throws what `predictStudy` throws, and a UserError while another study's are worked out. */
  async run(application: Application, study: string, { signal, onProgress }: PredictWatch): Promise<void> {
    if (this.#stop)
      throw new UserError('Cheap predictors are being worked out already: wait until they are there, then try again.');
    const stop = (this.#stop = new AbortController());
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const work = application.predictStudy(study, { signal: either, onProgress }).finally(() => {
      this.#stop = undefined;
    });
    this.#ended = work.catch(() => {});
    await work;
  }

  /** Stops within seconds; what was worked out stays. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    await this.#ended;
  }
}
