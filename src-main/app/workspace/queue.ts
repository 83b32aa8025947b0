import { z } from 'zod';
import { counted } from '../../common/numbers.ts';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import type { Store } from '../../store/records.ts';
import type { Activity } from '../../common/contract/activity.ts';
import type { Changes, Notices } from './changes.ts';
import { type Job, jobSchema } from './job.ts';
import { QUEUE } from '../opened-home.ts';

const waitingSchema = z.object({
  id: z.int(),
  name: z.string(),
  /** The id that the study has, or will have. */
  study: z.string(),
  job: jobSchema,
});
type Waiting = z.infer<typeof waitingSchema>;

/**
 * Studies that wait for the one that is under way. The home remembers them. The next one begins when that has ended, unless the
 * queue is held: after a pause, which is to free the machine, after an error that would meet the next one as well, and after a
 * restart, until a person goes on with it or begins a study.
 */
export class StudyQueue {
  readonly #changes: Changes;
  readonly #notices: Notices;
  readonly #isBusy: () => boolean;
  readonly #begin: (job: Job) => Promise<string>;
  #store: Store | undefined;
  #waiting: Waiting[] = [];
  #held = false;
  /** The one that is beginning. It stays in the home's list until its trainings are stored. */
  #starting: number | undefined;

  constructor(changes: Changes, notices: Notices, isBusy: () => boolean, begin: (job: Job) => Promise<string>) {
    this.#changes = changes;
    this.#notices = notices;
    this.#isBusy = isBusy;
    this.#begin = begin;
  }

  /** Takes up what the home remembers. Nothing begins by that. */
  open(store: Store): void {
    this.#store = store;
    this.#waiting = remembered(store);
    this.#held = this.#waiting.length > 0;
    if (this.#held)
      this.#notices.add(
        'information',
        `${counted(this.#waiting.length, 'study waits', 'studies wait')} in the queue since Transplant was closed: go on with it on Live, or begin a study.`,
      );
  }

  /** The home is about to be closed: nothing is written any more. */
  close(): void {
    this.hold();
    this.#store = undefined;
  }

  get activity(): Activity['queue'] {
    const shown = this.#waiting.filter(({ id }) => id !== this.#starting);
    return {
      held: this.#held && shown.length > 0,
      waiting: shown.map(({ id, name, study, job: { what } }) => ({ id, name, study, what })),
    };
  }

  /** Whether one that waits is to train on this image set. */
  uses(set: string): boolean {
    return this.#waiting.some(
      ({ job }) => job.what === 'run' && (job.request.data === set || job.request.sourceSet === set),
    );
  }

  /** Puts a study at the end. Throws a UserError where it waits already. */
  add(study: string, name: string, job: Job): void {
    if (this.#waiting.some((other) => other.study === study))
      throw new UserError(`"${name}" waits in the queue already: Live shows it.`);
    const id = 1 + Math.max(0, ...this.#waiting.map((other) => other.id));
    this.#change([...this.#waiting, { id, name, study, job }]);
    this.#notices.add('information', `"${name}" waits in the queue. It begins by itself when its turn comes.`);
    this.goOn();
  }

  /** Moves one to a place, 0 for the next. */
  move(id: number, place: number): void {
    const moved = this.#waiting.find((one) => one.id === id);
    if (!moved || id === this.#starting) return;
    const others = this.#waiting.filter((one) => one !== moved);
    // The one that is beginning stays the first.
    const at = place + others.filter((one) => one.id === this.#starting).length;
    this.#change(others.toSpliced(at, 0, moved));
  }

  remove(id: number): void {
    if (id !== this.#starting) this.#change(this.#waiting.filter((one) => one.id !== id));
  }

  /** Takes a study out that is deleted. */
  drop(study: string): void {
    if (this.#waiting.some((one) => one.study === study))
      this.#change(this.#waiting.filter((one) => one.study !== study));
  }

  /** Begins nothing until `goOn`. */
  hold(): void {
    this.#held = true;
    this.#changes.touch();
  }

  /** Begins the next one as soon as nothing is under way. */
  goOn(): void {
    this.#held = false;
    this.#changes.touch();
    void this.next();
  }

  /** Begins the next one, unless the queue is held or something is under way. Never throws. */
  async next(): Promise<void> {
    const [first] = this.#waiting;
    if (!first || this.#held || this.#starting !== undefined || this.#isBusy()) return;
    this.#starting = first.id;
    try {
      await this.#begin(first.job);
    } catch (error) {
      if (error instanceof Cancelled) {
        // It was stopped before its trainings were known, as by closing Transplant: it still waits.
        this.#starting = undefined;
        return this.hold();
      }
      this.#notices.add('problem', `"${first.name}" could not begin when its turn came: ${messageOf(error)}`);
    }
    this.#starting = undefined;
    this.#change(this.#waiting.filter((one) => one !== first));
    // One that could not begin, or had nothing to train, leaves the turn to the next.
    await this.next();
  }

  #change(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#store?.setSetting(QUEUE, JSON.stringify(waiting));
    this.#changes.touch();
  }
}

/** What the home remembers; nothing where another version wrote it in a form that this one can't read. */
function remembered(store: Store): Waiting[] {
  try {
    return z.array(waitingSchema).parse(JSON.parse(store.setting(QUEUE) ?? '[]'));
  } catch {
    return [];
  }
}
