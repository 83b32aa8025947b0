import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { ClassDescription } from '../common/contract/images.ts';
import { findingsOf, type Suspects } from '../common/health.ts';
import { DEAD_LEAVES, DEAD_LEAVES_SEED } from '../data/dead-leaves/generate.ts';
import { factsOf, leakNote, storedHealth } from '../data/health/health.ts';
import { fileNamesOf } from '../data/packed/file-names.ts';
import type { ImageSetIndex } from '../data/image-set.ts';
import { removeUnfinished } from '../data/packed/temporary-folder.ts';
import { nvidiaCards } from '../engine/onnx/gpu/cards.ts';
import { UserError } from '../errors.ts';
import { removeOrphanSearches } from '../filters/fit/fit-cache.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { removeOrphans, removeUnfinishedPretrained } from '../store/cleanup.ts';
import { openStore } from '../store/open.ts';
import type { ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import { extended } from '../study/plan/extend.ts';
import { planStudy, runsToStore, studyId } from '../study/plan/plan.ts';
import { readingNotes } from '../study/plan/reading-notes.ts';
import { RUN_VERSION, readIdentity } from '../study/plan/run-record.ts';
import type { Protocol } from '../study/plan/protocol.ts';
import type { Pretrained } from '../common/protocol-parts.ts';
import { neededCheckpoints } from '../study/run/damaged.ts';
import { runPlan } from '../study/run/runner.ts';
import { onCluster } from '../study/run/train-on-cluster.ts';
import { HERE, type Profile } from '../cluster/profile.ts';
import type { Application, CheckedSet, ImportRequest, StudyOutcome, Work } from './application.ts';
import { emptyBin } from './bin.ts';
import { goOnUntilClear, takenOver } from './extend-study.ts';
import { describeImages } from './describe-images.ts';
import { checkAcceptance, openCluster } from './cluster/open-cluster.ts';
import { findProfile } from './cluster/profiles.ts';
import { exposureOf, homeFolder, prepareHome } from './home.ts';
import { isUnlocked, lockHome } from './lock.ts';
import { fitToBudget } from './planning/budget.ts';
import { announce } from './planning/announcement.ts';
import {
  deadLeavesOf,
  protocolOf,
  requestedNetwork,
  type DeadLeavesRequest,
  type RequestedStudy,
} from './planning/request.ts';
import { storedSize } from './planning/network-for.ts';
import { sourceOf } from './planning/plan-request.ts';
import type { KeptNetwork } from '../pretrained/keep-network.ts';
import { removeUnusedPretrained, storeFile } from './opened-home.ts';
import type { SavedNetwork } from './network-file/facts.ts';
import {
  planOnAllImages,
  trainOnAllImages,
  type TrainingWatch,
  type WholeTraining,
} from './network-file/on-all-images.ts';
import type { CheckpointChoice, NetworkFormat } from '../common/choices.ts';
import { predictStudy, type PredictWatch } from './predictions.ts';
import { findStoredStudy, presentImages, readIndex, type StoredStudy } from './stored/study.ts';
import { keepOnlyWhatIsWanted, usualWork } from './settings.ts';
import { removeUnpacked, restoreStudy, type Restored } from './study-file/restore.ts';
import { removeOrphanResults } from './stored/kept-results.ts';
import { runTask } from './tasks/run-task.ts';

export interface OpenOptions {
  readonly home?: string;
  /** Whether to read only, which takes no lock and works beside another process. */
  readonly readOnly?: boolean;
  /** Called with the file that keeps the store as an older version of the program left it. */
  readonly onBackup?: (file: string) => void;
  /** Called once for each mode of the home folder that lets others in, with a sentence that says so. */
  readonly onExposed?: (sentence: string) => void;
  /** Called with a sentence on what was deleted long ago and has gone for good now. */
  readonly onEmptied?: (sentence: string) => void;
}

/** Opens a home folder. Throws a UserError where it can't be used, or where another process has locked it. */
export function openApplication(options: OpenOptions = {}): Application {
  const home = homeFolder(options.home);
  if (!options.readOnly) prepareHome(home);
  const lock = options.readOnly ? undefined : lockHome(home);
  try {
    const store = openStore(storeFile(home), { ...options, interrupted: lock === undefined && isUnlocked(home) });
    if (!options.readOnly) {
      // A crash or power cut may have left runs that look as if they were running, and files that nothing uses.
      store.stopInterrupted();
      const emptied = emptyBin({ home, store });
      if (emptied !== undefined) options.onEmptied?.(emptied);
      removeOrphans(home, store);
      removeOrphanSearches(home, (key) => store.findRun(key)?.key === key);
      removeOrphanResults({ home, store });
      removeUnfinished(join(home, 'data'));
      removeUnpacked(home);
      removeUnfinishedPretrained(home);
      removeUnusedPretrained({ home, store });
      tellExposure(home, store, options.onExposed);
    }
    return new HomeApplication(home, store, () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** The setting that remembers what was told of the home folder's mode. */
const TOLD = 'exposure-told';

function tellExposure(home: string, store: Store, tell: OpenOptions['onExposed']): void {
  const exposure = exposureOf(home) ?? '';
  if (!tell || JSON.stringify(exposure) === (store.setting(TOLD) ?? '""')) return;
  store.setSetting(TOLD, JSON.stringify(exposure));
  if (exposure !== '') tell(exposure);
}

/** Bytes of a node for networks that are trained side by side. */
const MEMORY_OF_A_NODE = 4e9;

/** The setting that remembers where a study was trained last. */
const clusterSetting = (study: string): string => `cluster-of-${study}`;

function lastClusterOf(store: Store, study: string): string | undefined {
  const setting = store.setting(clusterSetting(study));
  return setting === undefined ? undefined : (JSON.parse(setting) as string);
}

/** The cluster of this name, which takes jobs; undefined where this machine trains. Throws UserErrors. */
async function clusterThatTakesJobs(home: string, name: string | undefined): Promise<Profile | undefined> {
  if (name === undefined || name === HERE) return undefined;
  const profile = findProfile(home, name, ', or train on this machine (--cluster here)');
  await checkAcceptance(profile);
  return profile;
}

class HomeApplication implements Application {
  readonly home: string;
  readonly store: Store;
  readonly #unlock: () => void;

  constructor(home: string, store: Store, unlock: () => void) {
    this.home = home;
    this.store = store;
    this.#unlock = unlock;
  }

  get #dataFolder(): string {
    return join(this.home, 'data');
  }

  async importImages(
    { path, size, name, source, answers, listing }: ImportRequest,
    { signal, onImport }: Pick<Work, 'signal' | 'onImport'>,
  ) {
    const { index, folder } = await runTask(
      {
        type: 'import',
        path: path && resolve(path),
        size,
        name,
        source,
        answers,
        listing,
        dataFolder: this.#dataFolder,
      },
      { signal, onProgress: onImport },
    );
    const health = storedHealth(folder);
    const findings = health ? findingsOf(factsOf(index), health) : [];
    return { record: this.#record(index, folder), rejects: index.rejects, duplicates: index.duplicates, findings };
  }

  async checkImages(reference: string, signal?: AbortSignal): Promise<CheckedSet> {
    const record = this.#imageSet(reference);
    const folder = join(this.#dataFolder, record.folder);
    const health = await runTask({ type: 'health', folder }, { signal });
    const index = readIndex(this.home, record);
    const files = fileNamesOf(
      { folder, index },
      health.shown.flatMap(({ first, second }) => [first, second]),
    );
    return { record, index, health, files: health.shown.map((_, pair) => files.slice(2 * pair, 2 * pair + 2)) };
  }

  suspectImages(reference: string, signal?: AbortSignal): Promise<Suspects> {
    const { id: set } = this.#imageSet(reference);
    return runTask({ type: 'suspects', home: this.home, set, threads: availableParallelism() }, { signal });
  }

  async leaveOutLeaks(reference: string, signal?: AbortSignal): Promise<ImageSetRecord> {
    const dataFolder = this.#dataFolder;
    const from = join(dataFolder, this.#imageSet(reference).folder);
    const { index, folder } = await runTask({ type: 'leave-out', dataFolder, folder: from }, { signal });
    return this.#record(index, folder);
  }

  async describeImages(reference: string, classes: readonly ClassDescription[], signal?: AbortSignal) {
    const { index, folder } = await describeImages(this, this.#imageSet(reference), classes, signal);
    return this.#record(index, folder);
  }

  #imageSet(reference: string): ImageSetRecord {
    const record = this.store.findImageSet(reference);
    if (record) return record;
    throw new UserError(`There is no image set "${reference}" in ${this.home}; see "transplant data list".`, {
      usage: true,
    });
  }

  async makeDeadLeaves({ size, train, heldOut }: DeadLeavesRequest, work: Pick<Work, 'signal' | 'onImport'>) {
    const options = { size, trainPerClass: train, heldOutPerClass: heldOut, seed: DEAD_LEAVES_SEED };
    const { index, folder } = await runTask(
      { type: 'dead-leaves', dataFolder: this.#dataFolder, ...options },
      { signal: work.signal, onProgress: (progress) => work.onImport({ ...progress, made: true }) },
    );
    return this.#record(index, folder);
  }

  keepPretrained(file: string, network: NetworkSpec, signal?: AbortSignal): Promise<Pretrained> {
    return runTask({ type: 'pretrained', file: resolve(file), network, home: this.home }, { signal });
  }

  keepNetwork(file: string, size?: number, signal?: AbortSignal): Promise<KeptNetwork> {
    return runTask({ type: 'keep-network', file: resolve(file), size, home: this.home }, { signal });
  }

  async runStudy(request: RequestedStudy, work: Work): Promise<StudyOutcome> {
    // Before any work: there may be none of that name, or it takes no such jobs.
    const profile = await clusterThatTakesJobs(this.home, work.cluster);
    const { record, isChecked } = await this.#resolveData(request, storedSize(requestedNetwork(request)), work);
    const index = readIndex(this.home, record);
    const fitted =
      request.budget === undefined
        ? undefined
        : await fitToBudget(this, { ...request, data: record.id }, { ...work, seconds: request.budget });
    const engine = request.engine ?? profile?.engine;
    const protocol = protocolOf({ ...(fitted?.request ?? request), engine }, index, this.home, sourceOf(this, request));
    const leaks = leakNote(join(this.#dataFolder, record.folder), index);
    for (const note of [leaks, ...readingNotes(protocol, index), fitted?.sentence ?? []].flat()) work.onNote?.(note);
    // Whoever gave a budget has been told.
    const announcement = !fitted && work.onAnnounced && (await announce(this, protocol, index, work));
    if (announcement) await work.onAnnounced!(announcement);
    const checked = isChecked ? record.id : undefined;
    return { ...(await this.#train({ protocol, index, profile, checked }, work)), estimated: fitted?.estimate.seconds };
  }

  async resumeStudy(reference: string, work: Work): Promise<StudyOutcome> {
    const { study, protocol, index } = findStoredStudy(this, reference);
    this.#checkVersion(study);
    return this.#train({ protocol, index, profile: await this.#clusterOf(study, work) }, work);
  }

  async extendStudy(reference: string, more: number, work: Work): Promise<StudyOutcome> {
    const found = findStoredStudy(this, reference);
    return this.#trainInPlaceOf(found, extended(found.protocol, more), work);
  }

  goOnUntilClear(reference: string, seconds: number, work: Work): Promise<StudyOutcome> {
    return goOnUntilClear(
      this.store,
      (id) => findStoredStudy(this, id),
      reference,
      seconds,
      (protocol, from) => this.#trainInPlaceOf(from, protocol, work),
    );
  }

  writeReport(
    study: string,
    folder: string,
    { layers, ...watch }: Parameters<Application['writeReport']>[2] = {},
  ): Promise<string[]> {
    return runTask({ type: 'report', home: this.home, study, folder: resolve(folder), layers }, watch);
  }

  predictStudy(reference: string, watch?: PredictWatch): Promise<void> {
    return predictStudy(this, reference, watch);
  }

  packStudy(study: string, file: string, checkpoints: CheckpointChoice, signal?: AbortSignal) {
    return runTask({ type: 'pack', home: this.home, study, file: resolve(file), checkpoints }, { signal });
  }

  saveNetwork(
    { run, study, allImages }: { readonly run: string; readonly study?: string; readonly allImages?: boolean },
    file: string,
    format: NetworkFormat,
    watch: TrainingWatch = {},
  ): Promise<SavedNetwork> {
    const save = (whole?: WholeTraining) =>
      runTask(
        { type: 'save-network', home: this.home, run, study, format, whole, file: resolve(file) },
        { signal: watch.signal },
      );
    if (!allImages) return save();
    return format === 'md'
      ? save({ steps: planOnAllImages(this, { run, study }).steps })
      : trainOnAllImages(this, { run, study }, watch, save);
  }

  restoreStudy(file: string, signal?: AbortSignal): Promise<Restored> {
    return restoreStudy(this, file, signal);
  }

  close(): void {
    this.store.close();
    this.#unlock();
  }

  /** Trains a larger study, which stands for a smaller one from then on: all of that one's networks are part of it. */
  async #trainInPlaceOf({ study, index }: StoredStudy, protocol: Protocol, work: Work): Promise<StudyOutcome> {
    this.#checkVersion(study);
    return this.#train({ protocol, index, profile: await this.#clusterOf(study, work) }, work, study);
  }

  /** Where a stored study goes on: on the cluster that is asked for, or where it was trained last. */
  #clusterOf({ id }: StudyRecord, work: Work): Promise<Profile | undefined> {
    return clusterThatTakesJobs(this.home, work.cluster ?? lastClusterOf(this.store, id));
  }

  async #train(
    {
      protocol,
      index,
      profile,
      checked,
    }: {
      readonly protocol: Protocol;
      readonly index: ImageSetIndex;
      readonly profile?: Profile;
      /** The image set whose bytes have just been checked, or written. */
      readonly checked?: string;
    },
    work: Work,
    smaller?: StudyRecord,
  ): Promise<StudyOutcome> {
    const plan = planStudy(protocol, index);
    const sets = [protocol.data, protocol.sourceSet ?? []].flat().map(({ id }) => id);
    const imageSets = new Map(sets.map((id) => [id, join(this.#dataFolder, presentImages(this, id).folder)]));
    const cluster = profile && (await openCluster(this.home, profile, (sentence) => work.onTrouble?.(sentence)));
    const checkpoints = neededCheckpoints(plan, this.store).map(({ run, file, sha256 }) => ({
      ...{ run, sha256 },
      file: join(this.home, file),
    }));
    const unchecked = [...imageSets].flatMap(([id, folder]) => (id === checked ? [] : [folder]));
    const damaged =
      unchecked.length + checkpoints.length > 0
        ? await runTask({ type: 'verify', imageSets: unchecked, checkpoints }, { signal: work.signal })
        : [];
    const id = studyId(protocol);
    const created = new Date().toISOString();
    const isNew = this.store.findStudy(id)?.id !== id;
    this.store.addStudy(
      {
        id,
        name: protocol.name,
        protocol: JSON.stringify(protocol),
        status: 'running',
        created,
        finished: null,
        seconds: 0,
        ...(smaller && takenOver(smaller)),
      },
      runsToStore(plan.runs),
    );
    if (smaller && smaller.id !== id) {
      if (isNew) this.store.annotateStudy(id, this.store.annotation(smaller.id));
      this.store.removeStudy(smaller.id);
    }
    this.store.updateStudy(id, { status: 'running' });
    this.store.setSetting(clusterSetting(id), JSON.stringify(profile?.name ?? HERE));
    const began = performance.now();
    const cores = availableParallelism();
    const all = protocol.engine === 'onnx-cuda' && !cluster ? (await nvidiaCards()).map(({ id }) => id) : [];
    const cards = all.length > 1 ? all : [];
    const usual = usualWork(this.store, Math.max(1, cards.length));
    const outcome = await runPlan({
      study: id,
      name: this.store.findStudy(id)!.name,
      plan,
      store: this.store,
      home: this.home,
      imageSets,
      workers: cluster?.atOnce ?? work.workers ?? usual.workers,
      cards,
      cores,
      sharedMemory: work.sharedMemory ?? (cluster ? cluster.atOnce * MEMORY_OF_A_NODE : usual.sharedMemory),
      elsewhere: cluster && onCluster(cluster.trainings),
      damaged,
      signal: work.signal,
      onEvent: work.onEvent,
    }).catch((error: unknown) => {
      this.#stopInterrupted();
      throw error;
    });
    if (!outcome.stopped) keepOnlyWhatIsWanted(this, plan);
    const status = outcome.stopped ? 'stopped' : outcome.failed + outcome.skipped > 0 ? 'failed' : 'finished';
    try {
      this.store.updateStudy(id, {
        status,
        ...(outcome.stopped ? {} : { finished: new Date().toISOString() }),
        addSeconds: (performance.now() - began) / 1000,
      });
    } catch (error) {
      this.#stopInterrupted();
      throw error;
    }
    return { study: this.store.findStudy(id)!, failed: outcome.failed + outcome.skipped, stopped: outcome.stopped };
  }

  /** Says that nothing runs any more. Where even that can't be stored, this process and readers know it all the same. */
  #stopInterrupted(): void {
    try {
      this.store.stopInterrupted();
    } catch {
      // The error that came first is the one to report.
    }
  }

  /** Throws a UserError for a study of an older version of the program, which drew images by another rule. */
  #checkVersion({ id, name }: StudyRecord): void {
    const versions = this.store.studyRuns(id).map(({ record }) => readIdentity(record).version);
    if (versions.some((version) => version !== RUN_VERSION))
      throw new UserError(
        `Study "${name}" was begun by an older version of Transplant, which drew images by another rule, so it can't go on: what it has trained stays and is shown; run it again as a new study.`,
      );
  }

  /**
   * Finds the images of a request: `dead-leaves`, an imported set by id or name, or a path to import. What is made or imported here is
   * checked, or written, by that.
   */
  async #resolveData(
    request: RequestedStudy,
    size: number,
    work: Work,
  ): Promise<{ readonly record: ImageSetRecord; readonly isChecked: boolean }> {
    if (request.data === DEAD_LEAVES)
      return { record: await this.makeDeadLeaves(deadLeavesOf(request, size), work), isChecked: true };
    const stored = this.store.findImageSet(request.data);
    if (stored) return { record: stored, isChecked: false };
    if (!existsSync(request.data))
      throw new UserError(
        `"${request.data}" is neither an imported image set nor a file or folder; see "transplant data list", or give a path.`,
        { usage: true },
      );
    const imported = await this.importImages({ path: request.data, size, name: basename(request.data) }, work);
    return { record: imported.record, isChecked: true };
  }

  #record(index: ImageSetIndex, folder: string): ImageSetRecord {
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    const record: ImageSetRecord = {
      id: index.id,
      name: index.name,
      size: index.size,
      classes: index.classes.length,
      trainImages: sum(index.trainCounts),
      heldOutImages: sum(index.heldOutCounts),
      folder: basename(folder),
      source: index.source,
      created: new Date().toISOString(),
    };
    this.store.addImageSet(record);
    return this.store.findImageSet(index.id)!;
  }
}
