import { Cancelled } from '../../errors.ts';

/** Work that is under way, and those who wait for it. */
interface UnderWay<Result, Progress> {
  readonly answer: Promise<Result>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  waiting: number;
}

export interface Waiting<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Begins a piece of work. */
export type Begin<Result, Progress> = (watch: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}) => Promise<Result>;

/**
 * Work that takes seconds and comes to the same whenever it is done: its results are remembered, who asks for what is under
 * way waits for it with the others, and it is stopped when nobody waits any more.
 */
export class SharedWork<Result, Progress> {
  readonly #remembered: number;
  readonly #known = new Map<string, Result>();
  readonly #underWay = new Map<string, UnderWay<Result, Progress>>();

  /** @param remembered results that are kept: the newest */
  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  /** Throws what the work throws, and Cancelled. @param name of all that decides the result */
  async of(
    name: string,
    begin: Begin<Result, Progress>,
    { signal, onProgress }: Waiting<Progress> = {},
  ): Promise<Result> {
    if (signal?.aborted) throw new Cancelled();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const work = this.#underWay.get(name) ?? this.#begin(name, begin);
    if (onProgress) work.listeners.add(onProgress);
    work.waiting += 1;
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(new Cancelled());
    signal?.addEventListener('abort', leave);
    try {
      return await Promise.race([work.answer, left.promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (onProgress) work.listeners.delete(onProgress);
      work.waiting -= 1;
      if (work.waiting === 0) {
        work.stop.abort();
        if (this.#underWay.get(name) === work) this.#underWay.delete(name);
      }
    }
  }

  #begin(name: string, begin: Begin<Result, Progress>): UnderWay<Result, Progress> {
    const stop = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const onProgress = (progress: Progress) => listeners.forEach((listen) => listen(progress));
    const answer = begin({ signal: stop.signal, onProgress }).then((result) => {
      this.#known.set(name, result);
      for (const old of [...this.#known.keys()].slice(0, -this.#remembered)) this.#known.delete(old);
      return result;
    });
    // When nobody waits for it any more, nobody hears that it was stopped.
    answer.catch(() => {});
    const work = { answer, stop, listeners, waiting: 0 };
    this.#underWay.set(name, work);
    return work;
  }
}
