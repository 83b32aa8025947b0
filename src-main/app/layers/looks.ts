import { Cancelled } from '../../errors.ts';
import type { Home } from '../opened-home.ts';
import { labelOf, type StoredRun } from '../stored/run.ts';
import { runTask } from '../tasks/run-task.ts';
import type { LookedAt, LookProgress } from './look.ts';
import type { VisualisedUnits } from './visualise.ts';
import { readableLayers } from './weights.ts';

/** Trainings whose layers are remembered; each takes some hundred kilobytes, the paper's network a few megabytes. */
const LOOKS = 12;
/** Sets of preferred inputs that are remembered, of one unit or a page of units; each takes up to some megabytes. */
const DRAWINGS = 24;

/**
 * Images that excite the units of trainings, and the units' preferred inputs, found in a process of its own and
 * remembered. Both methods throw UserErrors where there are no weights, or no images to search, and Cancelled.
 */
export class LayerLooks {
  readonly #looks = new SharedWork<LookedAt, LookProgress>(LOOKS);
  readonly #preferredInputs = new SharedWork<VisualisedUnits, LookProgress>(DRAWINGS);

  /** What excites the units of all layers. @param study id of the study whose halves are used */
  of(home: Home, run: StoredRun, study: string | undefined, waiting?: Waiting<LookProgress>): Promise<LookedAt> {
    const { key } = run.record;
    return this.#looks.of(
      [weightsOf(home, run), study].join(),
      (watch) => runTask({ type: 'look', home: home.home, run: key, study }, watch),
      waiting,
    );
  }

  preferredInputs(
    home: Home,
    run: StoredRun,
    wanted: { readonly n: number; readonly units: number[]; readonly seeds: number },
    waiting?: Waiting<LookProgress>,
  ): Promise<VisualisedUnits> {
    const { n, units, seeds } = wanted;
    const here = home.store.findImageSet(run.identity.data) !== undefined;
    return this.#preferredInputs.of(
      [weightsOf(home, run), here, n, seeds, ...units].join(),
      (watch) => runTask({ type: 'visualise', home: home.home, run: run.record.key, n, units, seeds }, watch),
      waiting,
    );
  }
}

/** Identifies the weights that are stored now. Throws a UserError where there are none. */
function weightsOf(home: Home, run: StoredRun): string {
  const { key } = run.record;
  const { step, checkpoint } = readableLayers(home, run, labelOf(key));
  return `${key} ${checkpoint?.sha256 ?? step}`;
}

/** Work that is running, and who waits for it. */
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
type Begin<Result, Progress> = (watch: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}) => Promise<Result>;

/**
 * Work that takes seconds and always has the same result. Results are remembered; a caller that asks for work that is
 * running waits with the others; and work is stopped when nobody waits for it any more.
 */
class SharedWork<Result, Progress> {
  readonly #remembered: number;
  readonly #known = new Map<string, Result>();
  readonly #underWay = new Map<string, UnderWay<Result, Progress>>();

  /** @param remembered number of the newest results that are kept */
  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  /** Throws what the work throws, and Cancelled. @param name identifies all that decides the result */
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
    // Work that is stopped because nobody waits must not become an unhandled rejection.
    answer.catch(() => {});
    const work = { answer, stop, listeners, waiting: 0 };
    this.#underWay.set(name, work);
    return work;
  }
}
