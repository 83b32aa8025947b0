import type { Activity } from '../../common/contract/activity.ts';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { removeCheckpointFiles } from '../../store/cleanup.ts';
import type { StudyEvent } from '../../study/run/events.ts';
import type { Application, StudyOutcome, Work } from '../application.ts';
import { usualWork } from '../settings.ts';
import type { PredictWatch } from '../predictions.ts';
import type { Changes, Notices } from './changes.ts';
import { type LatestFilters, LiveStudy } from './live-study.ts';

/** The one study that may be running. It continues when the window that began it is closed. */
export class StudyWork {
  readonly #changes: Changes;
  readonly #notices: Notices;
  readonly #onStored: () => void;
  readonly #onEnded: (broke: boolean) => void;
  #preparing: Activity['preparing'] = null;
  #live: LiveStudy | undefined;
  #stop: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** @param onEnded is told, once nothing is under way any more, whether an error has ended trainings that had begun */
  constructor(changes: Changes, notices: Notices, onStored: () => void, onEnded: (broke: boolean) => void) {
    this.#changes = changes;
    this.#notices = notices;
    this.#onStored = onStored;
    this.#onEnded = onEnded;
  }

  get busy(): boolean {
    return this.#stop !== undefined;
  }

  get preparing(): Activity['preparing'] {
    return this.#preparing;
  }

  get live(): LiveStudy | undefined {
    return this.#live;
  }

  /** The first-layer filters that a running training has reported last. */
  filters(run: string): LatestFilters | undefined {
    return this.#live?.filters(run);
  }

  /**
   * Begins a study and resolves to its id once its trainings are known; rejects with what `start` throws before. `name`
   * is shown until then.
   */
  begin(
    application: Application,
    name: string,
    workers: number | undefined,
    start: (work: Work) => Promise<StudyOutcome>,
  ): Promise<string> {
    if (this.#stop)
      throw new UserError('A study is under way: pause it, or wait until it is done, then begin the next one.');
    const stop = (this.#stop = new AbortController());
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const onEvent = (event: StudyEvent) => {
      if (event.type === 'study-started') {
        this.#preparing = null;
        this.#live = new LiveStudy(event, application.store, workers ?? usualWork(application.store).workers);
        this.#onStored();
        resolve(event.study);
      }
      this.#live?.update(event);
      if (event.type === 'run-finished' || event.type === 'run-failed') this.#onStored();
      this.#addNotice(event);
      this.#changes.touch();
    };
    let broke = false;
    this.#preparing = { name, done: 0, total: null };
    const onImport: Work['onImport'] = ({ done, total = null }) => {
      this.#preparing = { name, done, total };
      this.#changes.touch();
    };
    const onTrouble = (sentence: string) => this.#notices.add('warning', sentence, this.#live?.study);
    this.#ended = start({ signal: stop.signal, onEvent, onImport, onTrouble, workers }).then(
      (outcome) => {
        if (outcome.ended) this.#notices.add('information', outcome.ended, outcome.study.id);
        // Where there was nothing to train, nobody has said that it began.
        resolve(outcome.study.id);
      },
      (error: unknown) => {
        // Once trainings have begun, nobody waits for this promise, so that a notice has to report the error.
        broke = this.#live !== undefined && !(error instanceof Cancelled);
        if (this.#live && broke)
          this.#notices.add('problem', `The study stopped: ${messageOf(error)}`, this.#live.study);
        reject(error);
      },
    );
    this.#ended = this.#ended.finally(() => {
      this.#preparing = null;
      this.#live = undefined;
      this.#stop = undefined;
      this.#onStored();
      this.#onEnded(broke);
    });
    this.#changes.touch();
    return promise;
  }

  /** Stops after the current steps and resolves when no training is running. Nothing is lost. */
  async pause(): Promise<void> {
    if (this.#live) this.#live.pausing = true;
    this.#stop?.abort();
    this.#changes.touch();
    await this.#ended;
  }

  /** Adds a notice for an event that nobody may be watching. */
  #addNotice(event: StudyEvent): void {
    const study = this.#live?.study;
    const name = this.#live?.name;
    if (event.type === 'study-finished') {
      const { done, failed, skipped } = event;
      if (failed + skipped === 0)
        this.#notices.add('information', `Study "${name}" is finished: ${done} trainings.`, study);
      else
        this.#notices.add(
          'warning',
          `Study "${name}" has ended, but ${failed + skipped} of its trainings could not be done: Live says why and can try them again.`,
          study,
        );
    } else if (event.type === 'run-reset')
      this.#notices.add(
        'warning',
        `The stored weights of ${event.name} were damaged, so it is trained again, to the same numbers.${event.kept === null ? '' : ` They are kept in ${event.kept}.`}`,
        study,
      );
    else if (event.type === 'run-restarted')
      this.#notices.add(
        'warning',
        `The training ${event.name} was interrupted: its process ended. It went on from step ${event.fromStep}; nothing is lost.`,
        study,
      );
    else if (event.type === 'run-halted') {
      const goesOn = `It goes on after "kill -CONT ${event.pid}".`;
      // Networks that share their frozen layers share the process.
      if (!this.#notices.list.some(({ sentence }) => sentence.endsWith(goesOn)))
        this.#notices.add(
          'warning',
          `The process ${event.pid} of ${event.name} was halted by a signal. ${goesOn}`,
          study,
        );
    } else if (event.type === 'run-failed')
      this.#notices.add('warning', `The training ${event.name} failed: ${event.reason.split('\n')[0]}`, study);
  }
}

/** Discards unfinished trainings of a study that is not running. Finished trainings stay. */
export function discardUnfinished({ store, home }: Pick<Application, 'store' | 'home'>, study: string): void {
  for (const { run, record } of store.studyRuns(study)) {
    if (record.status === 'finished' || record.status === 'planned') continue;
    const checkpoint = store.latestCheckpoint(run);
    store.forgetRun(run);
    if (checkpoint) removeCheckpointFiles(home, [checkpoint]);
  }
}

/** Works out cheap predictors, for one study at a time. */
export class PredictionWork {
  #stop: AbortController | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** Throws what the work throws, and a UserError while predictors are being worked out already. */
  async run(begin: (watch: PredictWatch) => Promise<unknown>, { signal, onProgress }: PredictWatch): Promise<void> {
    if (this.#stop)
      throw new UserError('Cheap predictors are being worked out already: wait until they are there, then try again.');
    const stop = (this.#stop = new AbortController());
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const work = begin({ signal: either, onProgress }).finally(() => {
      this.#stop = undefined;
    });
    this.#ended = work.catch(() => {});
    await work;
  }

  /** Stops within seconds; predictors that are finished stay. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    await this.#ended;
  }
}
