import type { StoredRun } from '../first-layer.ts';
import type { Home } from '../opened-home.ts';
import { labelOf } from '../place.ts';
import { runTask } from '../tasks/run-task.ts';
import type { LookedAt, LookProgress } from './look.ts';
import { SharedWork, type Waiting } from './shared-work.ts';
import type { VisualisedUnits } from './visualise.ts';
import { readableLayers } from './weights.ts';

/** Trainings whose layers are remembered: each some hundred kilobytes, of the paper's network a few megabytes. */
const LOOKS = 12;
/** Answers that are remembered: pictures of one unit or of a page of units, up to some megabytes. */
const WISHES = 24;

/**
 * What excites the units of trainings, and what they would like to see, found in a process of its own and remembered. Both
 * throw UserErrors where there are no weights, or no images to look at; and Cancelled.
 */
export class LayerLooks {
  readonly #looks = new SharedWork<LookedAt, LookProgress>(LOOKS);
  readonly #wishes = new SharedWork<VisualisedUnits, LookProgress>(WISHES);

  /** Of all layers at once. @param study whose halves are meant, by id */
  of(home: Home, run: StoredRun, study: string | undefined, waiting?: Waiting<LookProgress>): Promise<LookedAt> {
    const { key } = run.record;
    return this.#looks.of(
      [weightsOf(home, run), study].join(),
      (watch) => runTask({ type: 'look', home: home.home, run: key, study }, watch),
      waiting,
    );
  }

  wishes(
    home: Home,
    run: StoredRun,
    question: { readonly n: number; readonly units: number[]; readonly seeds: number },
    waiting?: Waiting<LookProgress>,
  ): Promise<VisualisedUnits> {
    const { n, units, seeds } = question;
    const here = home.store.findImageSet(run.identity.data) !== undefined;
    return this.#wishes.of(
      [weightsOf(home, run), here, n, seeds, ...units].join(),
      (watch) => runTask({ type: 'visualise', home: home.home, run: run.record.key, n, units, seeds }, watch),
      waiting,
    );
  }
}

/** A name for the weights that are there now. Throws a UserError where there are none. */
function weightsOf(home: Home, run: StoredRun): string {
  const { key } = run.record;
  const { step, checkpoint } = readableLayers(home, run, labelOf(key));
  return `${key} ${checkpoint?.sha256 ?? step}`;
}
