import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { backupNote } from '../../store/backup.ts';
import type { BinKind } from '../../store/records.ts';
import type { Listing } from '../../data/import/source.ts';
import type { Pretrained } from '../../common/protocol-parts.ts';
import type { KeptNetwork } from '../../pretrained/keep-network.ts';
import type { AnnotationChange } from '../../common/annotations.ts';
import type { ClassDescription } from '../../common/contract/images.ts';
import type { Activity, RunSummary } from '../../common/contract/activity.ts';
import type { Application, ImportRequest } from '../application.ts';
import { bringBack, deleteImages, deleteStudy, removeForGood, usersOf } from '../bin.ts';
import { Changes, Notices } from './changes.ts';
import { Libraries } from '../doctor/doctor.ts';
import type { FileFilters } from '../layers/file-filters.ts';
import { FilterFits } from './filter-fits.ts';
import { type FilterSource, FilterSources } from './filter-sources.ts';
import { homeFolder, packedFolder } from '../home.ts';
import { Imports } from './imports.ts';
import { checkMove, isMovable, moveHome, type MoveWatch } from '../move-home/move.ts';
import { LayerLooks } from '../layers/looks.ts';
import { openApplication } from '../open.ts';
import { OpenedSets } from './opened-sets.ts';
import { planRequest } from '../planning/plan-request.ts';
import type { DeadLeavesRequest, RequestedStudy } from '../planning/request.ts';
import type { PredictWatch } from '../predictions.ts';
import { type Job, nameOf, perform } from './job.ts';
import { StudyQueue } from './queue.ts';
import { discardUnfinished, PredictionWork, StudyWork } from './study-work.ts';
import type { Restored } from '../study-file/restore.ts';
import { takeLook } from '../quick-looks.ts';
import { removeUnusedPretrained } from '../opened-home.ts';
import { workOutAhead } from '../stored/results.ts';
import { presentImages } from '../stored/study.ts';
import { runTask } from '../tasks/run-task.ts';
import { clearUploads, isUpload, namingUpload, removeUpload, uploadSentence } from './uploads.ts';

/** How many pictures of how many classes a reading shows. */
interface SampledPictures {
  readonly classes: number;
  readonly perClass: number;
  readonly size: number;
}

/** The home folder is not open, so that a request can't be answered yet. The message says why and what to do. */
export class HomeClosed extends UserError {}

/**
 * The application as a window uses it: it is open on a home folder or says why not, and it has the running work, which
 * continues when no page is open. There is one for the whole process, however many pages use it.
 */
export class Workspace {
  readonly #option: string | undefined;
  readonly #changes = new Changes();
  readonly #notices = new Notices(this.#changes);
  readonly #imports = new Imports(this.#changes, (set) => this.#forgetSet(set));
  readonly #studies: StudyWork = new StudyWork(
    this.#changes,
    this.#notices,
    () => this.touchStored(),
    (broke) => (broke ? this.queue.hold() : void this.queue.next()),
  );
  readonly queue: StudyQueue = new StudyQueue(
    this.#changes,
    this.#notices,
    () => this.#studies.busy,
    (job) => this.#begin(job),
  );
  readonly #predictions = new PredictionWork();
  readonly sets = new OpenedSets();
  readonly fits = new FilterFits();
  readonly filterSources = new FilterSources();
  readonly looks = new LayerLooks();
  readonly libraries = new Libraries();
  /** What was found in the archive that was read last, as its import mostly follows. */
  #listing: Listing | undefined;
  #application: Application | undefined;
  #closed: string | undefined = 'Transplant has not opened its home folder yet.';
  #stored = 0;
  /** `moved`: the home is elsewhere now, and what this process knows of the old one is not to be mixed with the new one. */
  #place: 'here' | 'being moved' | 'moved' = 'here';

  constructor(options: { home?: string } = {}) {
    this.#option = options.home;
  }

  /** Tries to open the home folder. Never throws: `closed` says why it is not open. */
  open(): void {
    if (this.#application || this.#place !== 'here') return;
    try {
      this.#application = openApplication({
        home: this.#option,
        onBackup: (file) => this.#notices.add('information', backupNote(file)),
        onExposed: (sentence) => this.#notices.add('warning', sentence),
        onEmptied: (sentence) => this.#notices.add('information', sentence),
      });
      mkdirSync(join(this.#application.home, 'reports'), { recursive: true, mode: OWNER_ONLY.folder });
      // In the background: large uploads that a killed process left behind take a moment to delete.
      void clearUploads(this.#application.home).catch(() => {});
      // Packed studies of an earlier process have been fetched, and can quickly be packed again.
      void rm(packedFolder(this.#application.home), { recursive: true, force: true }).catch(() => {});
      this.queue.open(this.#application.store);
      this.#closed = undefined;
    } catch (error) {
      this.#closed =
        error instanceof UserError ? error.message : `The home folder can't be opened: ${messageOf(error)}`;
    }
    this.#changes.touch();
  }

  get home(): string {
    if (this.#application) return this.#application.home;
    try {
      return homeFolder(this.#option);
    } catch {
      return this.#option ?? '';
    }
  }

  /** Why the home folder is not open, in a sentence; undefined where it is open. */
  get closed(): string | undefined {
    return this.#closed;
  }

  /** Whether the home was moved, and is closed until the next start. */
  get moved(): boolean {
    return this.#place === 'moved';
  }

  /** Throws HomeClosed where the home folder is not open. */
  get application(): Application {
    if (this.#application) return this.#application;
    throw new HomeClosed(this.#closed!);
  }

  get busy(): { trainings: boolean; imports: boolean } {
    return { trainings: this.#studies.busy, imports: this.#imports.busy };
  }

  activity(): Activity {
    return {
      stored: this.#stored,
      moved: this.moved,
      imports: this.#imports.states,
      preparing: this.#studies.preparing,
      study: this.#studies.live?.activity() ?? null,
      queue: this.queue.activity,
      notices: this.#notices.list,
    };
  }

  /** The activity now and whenever it changes, at most five times a second. */
  watch(signal?: AbortSignal): AsyncGenerator<Activity, void, void> {
    return this.#changes.stream(() => this.activity(), signal);
  }

  notify(level: 'information' | 'warning' | 'problem', sentence: string): void {
    this.#notices.add(level, sentence);
  }

  dismissNotice(notice: number): void {
    this.#notices.dismiss(notice);
  }

  /** Reads what an import would do, with the first pictures of some classes. Messages name an upload by its file. */
  async readImport(
    path: string,
    answers: Readonly<Record<string, string>>,
    pictures: SampledPictures,
    signal?: AbortSignal,
  ) {
    const { home } = this.application;
    const listing = this.#listingOf(path);
    try {
      const read = await runTask({ type: 'read-import', path, answers: { ...answers }, pictures, listing }, { signal });
      this.#listing = read.listing;
      if (!isUpload(home, path)) return read;
      const { notes, problem } = read.reading;
      const said = (sentence: string) => uploadSentence(sentence, path);
      return { ...read, reading: { ...read.reading, notes: notes.map(said), problem: problem && said(problem) } };
    } catch (error) {
      throw isUpload(home, path) ? namingUpload(error, path) : error;
    }
  }

  #listingOf(path: string): Listing | undefined {
    return this.#listing?.path === resolve(path) ? this.#listing : undefined;
  }

  /** Removes an upload that will not be imported. */
  async discardUpload(path: string): Promise<void> {
    await removeUpload(this.application.home, path);
  }

  beginImport(request: ImportRequest): number {
    const listing = this.#listingOf(request.path);
    this.#listing = undefined;
    return this.#imports.begin(this.application, { ...request, listing });
  }

  beginDeadLeaves(request: DeadLeavesRequest): number {
    return this.#imports.beginDeadLeaves(this.application, request);
  }

  cancelImport(id: number): void {
    this.#imports.cancel(id);
  }

  dismissImport(id: number): void {
    this.#imports.dismiss(id);
  }

  /** Copies the first layers of a pretrained file that fit the network into the home. An upload is deleted afterwards. */
  keepPretrained(file: string, network: NetworkSpec, signal?: AbortSignal): Promise<Pretrained> {
    return this.#takeFile(file, (application) => application.keepPretrained(file, network, signal));
  }

  /** Copies the whole network of a file into the home. An upload is deleted afterwards. */
  keepNetwork(file: string, size?: number, signal?: AbortSignal): Promise<KeptNetwork> {
    return this.#takeFile(file, (application) => application.keepNetwork(file, size, signal));
  }

  async #takeFile<T>(file: string, take: (application: Application) => Promise<T>): Promise<T> {
    const { application } = this;
    try {
      return await take(application);
    } finally {
      await removeUpload(application.home, file);
    }
  }

  /**
   * Begins a study, on a cluster where one is named, and resolves to its id once its trainings are known. While another is under
   * way it waits in the queue instead, as do those that go on; it resolves then to the id that it will have.
   */
  async runStudy(request: RequestedStudy, workers?: number, cluster?: string): Promise<string> {
    if (!this.#studies.busy) return this.#beginNow({ what: 'run', request, workers, cluster });
    const { id, protocol } = planRequest(this.application, request);
    return this.#wait(id, protocol.name, { what: 'run', request, workers, cluster });
  }

  /** Resumes a stored study, where it was trained last unless another cluster is named; failed trainings are tried again. */
  async resumeStudy(study: string, workers?: number, cluster?: string): Promise<void> {
    await this.#beginAgain({ what: 'resume', study, workers, cluster });
  }

  /** Adds replicates to a stored study. Resolves to the id of the larger one, which stands for it from then on. */
  extendStudy(study: string, more: number, workers?: number): Promise<string> {
    return this.#beginAgain({ what: 'extend', study, more, workers });
  }

  /** Adds replicates one at a time until the study is clear or the time is over. Resolves to the id of the first larger one. */
  goOnUntilClear(study: string, seconds: number, workers?: number): Promise<string> {
    return this.#beginAgain({ what: 'until-clear', study, seconds, workers });
  }

  async #beginAgain(job: Exclude<Job, { what: 'run' }>): Promise<string> {
    if (!this.#studies.busy) return this.#beginNow(job);
    return this.#wait(job.study, nameOf(this.application, job), job);
  }

  #wait(study: string, name: string, job: Job): string {
    if (this.isRunning(study) && (job.what === 'run' || job.what === 'resume'))
      throw new UserError(`"${name}" is under way already.`);
    this.queue.add(study, name, job);
    return study;
  }

  /** What a person begins also sets a held queue going, once it has ended. */
  async #beginNow(job: Job): Promise<string> {
    const study = await this.#begin(job);
    this.queue.goOn();
    return study;
  }

  #begin(job: Job): Promise<string> {
    const { application } = this;
    return this.#studies.begin(application, nameOf(application, job), job.workers, async (work) => {
      const outcome = await perform(application, job, work);
      // Where this fails, whoever looks at it is told why.
      void workOutAhead(application, outcome.study.id).catch(() => {});
      return outcome;
    });
  }

  /** The trainings of a study that is under way, as they are at this moment; undefined for any other. */
  liveRuns(study: string): readonly RunSummary[] | undefined {
    return this.isRunning(study) ? this.#studies.live!.activity().runs : undefined;
  }

  /** Whether this study is running. */
  isRunning(study: string): boolean {
    return this.#studies.live?.study === study;
  }

  /** Stops a study within seconds; it can be resumed later as if nothing had happened. The queue is held: a pause frees the machine. */
  async pauseStudy(study: string): Promise<void> {
    if (!this.isRunning(study)) return;
    this.queue.hold();
    await this.#studies.pause();
  }

  /** Stops a study and discards its unfinished trainings. If it was running, the queue goes on. */
  async cancelStudy(study: string): Promise<void> {
    const wasRunning = this.isRunning(study);
    await this.pauseStudy(study);
    discardUnfinished(this.application, study);
    this.touchStored();
    if (wasRunning) this.queue.goOn();
  }

  /** Changes the name of a study, or what is written beside it. Throws a UserError where it is gone. */
  annotateStudy(id: string, change: AnnotationChange): void {
    const { store, home } = this.application;
    if (store.findStudy(id)?.id !== id)
      throw new UserError(`There is no study ${id} in ${home}: it may have been deleted.`);
    store.annotateStudy(id, change);
    this.#studies.live?.rename(id, change.name);
    this.touchStored();
  }

  /** Deletes a study so that it can be brought back (app/bin.ts). */
  deleteStudy(id: string): void {
    if (this.isRunning(id)) throw new UserError('This study is under way: pause or cancel it, then delete it.');
    deleteStudy(this.application, id);
    this.queue.drop(id);
    this.touchStored();
  }

  /** Deletes an image set so that it can be brought back. Throws a UserError where there is none, or a study uses it. */
  deleteImages(id: string): void {
    const set = presentImages(this.application, id);
    if (this.queue.uses(id) || this.queue.uses(set.name))
      throw new UserError(`A study that waits in the queue uses "${set.name}": take it out there first, on Live.`);
    deleteImages(this.application, set);
    this.sets.forget(id);
    this.touchStored();
  }

  /**
   * Gives the classes of a set other groups or names. With other names it is a new set, in the place of the old one where nothing uses
   * that. Resolves to its id.
   */
  async describeImages(id: string, classes: readonly ClassDescription[], signal?: AbortSignal): Promise<string> {
    const { application } = this;
    const before = presentImages(application, id);
    const described = await application.describeImages(id, classes, signal);
    const isReplaced = described.id !== id && usersOf(application.store, id).length === 0 && !this.queue.uses(id);
    if (isReplaced) deleteImages(application, before);
    this.#forgetSet(id);
    this.#forgetSet(described.id);
    return described.id;
  }

  /** A set whose index was written anew is read anew. */
  #forgetSet(id: string): void {
    this.sets.forget(id);
    this.touchStored();
  }

  bringBack(kind: BinKind, id: string): void {
    bringBack(this.application, kind, id);
    this.touchStored();
  }

  /** Removes for good what was deleted. Returns the bytes that are free again. */
  removeForGood(kind: BinKind, id: string): number {
    const { application } = this;
    const bytes = removeForGood(application, kind, id);
    // A study that is about to begin is not stored yet and may need one: unused ones then stay until the next opening.
    if (kind === 'study' && !this.#studies.busy) removeUnusedPretrained(application);
    this.touchStored();
    return bytes;
  }

  /** Works out the cheap predictors of a study's transfers that have none yet. Throws a UserError while others are being worked out. */
  async predictStudy(study: string, watch: PredictWatch): Promise<void> {
    const { application } = this;
    try {
      await this.#predictions.run((work) => application.predictStudy(study, work), watch);
    } finally {
      this.touchStored();
    }
  }

  /** Takes a quick look at a request's network and images (app/quick-looks.ts), which is remembered. Throws as `predictStudy`. */
  async takeLook(request: RequestedStudy, watch: PredictWatch): Promise<void> {
    const { application } = this;
    await this.#predictions.run((work) => takeLook(application, request, work), watch);
    this.touchStored();
  }

  /** Restores the study of a file. An upload is deleted afterwards. */
  async restoreStudy(file: string, signal?: AbortSignal): Promise<Restored> {
    const { application } = this;
    try {
      const restored = await application.restoreStudy(file, signal);
      const { study, known } = restored;
      this.#notices.add(
        'information',
        known
          ? `Study "${study.name}" is here already: nothing was changed.`
          : `Study "${study.name}" is here now, as it was when it was saved.`,
        study.id,
      );
      return restored;
    } finally {
      await removeUpload(application.home, file);
      this.touchStored();
    }
  }

  /** The filters of a layer of a training or of an opened file; of a running training's first layer the newest reported. */
  filterSource(key: string, layer: string | undefined): FilterSource {
    return this.filterSources.find(this.application, key, layer, this.#studies.filters(key));
  }

  /** Opens a network's file for its filters. An upload is deleted afterwards. */
  async openFilters(file: string, signal?: AbortSignal): Promise<FileFilters> {
    try {
      return await this.filterSources.open(file, signal);
    } finally {
      await removeUpload(this.application.home, file);
    }
  }

  /** Stops all work. What was done is stored, and studies can be resumed after a restart. */
  async stop(): Promise<void> {
    this.queue.hold();
    await Promise.all([this.#studies.pause(), this.#imports.stop(), this.#predictions.stop()]);
  }

  /** Whether the home can be moved: it is where it is by the program's own rule. */
  get movable(): boolean {
    return isMovable(this.#option);
  }

  /**
   * Moves the home folder (move-home/move.ts). It is closed meanwhile, and stays so once it was moved: Transplant is to be started
   * again. Throws a UserError while anything is under way, and what `moveHome` throws; then it is open as before.
   */
  async moveHome(to: string, watch: MoveWatch): Promise<void> {
    if (this.busy.trainings || this.busy.imports)
      throw new UserError('Something is under way: wait until it is done, or stop it, then move the home folder.');
    await checkMove(this.#option, to);
    await this.stop();
    this.#place = 'being moved';
    this.#closeAs('The home folder is being moved: wait until that is done.');
    try {
      const moved = await moveHome(this.#option, to, watch);
      this.#place = 'moved';
      this.#closeAs(
        `The home folder is at ${moved.to} now. Close Transplant and start it again to use it. The former folder, ${moved.home}, is as it was: Settings offers to delete it after that.`,
      );
    } catch (error) {
      this.#place = 'here';
      this.open();
      throw error;
    }
  }

  #closeAs(sentence: string): void {
    this.queue.close();
    this.sets.close();
    this.#application?.close();
    this.#application = undefined;
    this.#closed = sentence;
    this.#changes.touch();
  }

  /** Stops, then closes the home folder. */
  async close(): Promise<void> {
    await this.stop();
    this.#closeAs('Transplant is closing.');
  }

  /** Tells pages that the lists of sets and studies have changed. */
  touchStored(): void {
    this.#stored += 1;
    this.#changes.touch();
  }
}
