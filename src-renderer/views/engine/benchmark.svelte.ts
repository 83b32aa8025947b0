import type { BenchmarkRow } from '../../../src-main/api/contract/engine.ts';
import { sentenceOf, type Api } from '../../api.ts';

/** A benchmark: its rows as they fill, until it has ended or is stopped. */
export class Benchmark {
  rows = $state.raw<BenchmarkRow[]>([]);
  running = $state(false);
  /** Whether it was stopped before its end. */
  stopped = $state(false);
  problem = $state<string>();
  #stop: AbortController | undefined;

  async run(api: Api, network: string): Promise<void> {
    if (this.running) return;
    const stop = (this.#stop = new AbortController());
    this.running = true;
    this.stopped = false;
    this.problem = undefined;
    this.rows = [];
    try {
      for await (const rows of await api.engine.benchmark({ network }, { signal: stop.signal })) this.rows = rows;
    } catch (error) {
      if (!stop.signal.aborted) this.problem = sentenceOf(error);
    }
    if (stop.signal.aborted) this.#settle();
    this.running = false;
  }

  /** Main ends what it measures at once. */
  stop(): void {
    this.#stop?.abort();
  }

  /** What was not measured to its end was not measured. */
  #settle(): void {
    this.stopped = true;
    this.rows = this.rows.map((row) => (row.state === 'measuring' ? { ...row, state: 'waiting' } : row));
  }
}
