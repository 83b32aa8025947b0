import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { withoutFileNames } from '../../data/packed/file-names.ts';
import { messageOf, UserError } from '../../errors.ts';
import { answerText } from '../../store/answer-bytes.ts';
import { encodeSafetensors, type Tensor } from '../../store/safetensors.ts';
import type { CheckpointRecord, Store, StudyRecord } from '../../store/records.ts';
import { RUN_VERSION, readIdentity, readTiming } from '../../study/plan/run-record.ts';
import { pretrainedFile } from '../../pretrained/kept.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import { originOf } from '../../study/analysis/origin.ts';
import { readFirstKernels, storedRun, type StoredRun } from '../stored/run.ts';
import { readHome, type Home } from '../opened-home.ts';
import { findStoredStudy, type StoredStudy } from '../stored/study.ts';
import {
  checkpointEntry,
  filtersEntry,
  LAYERS,
  MANIFEST,
  manifestOf,
  PREDICTIONS,
  pretrainedEntry,
  runEntry,
  STUDY,
  type Manifest,
  type PackedRun,
} from './format.ts';
import type { CheckpointChoice } from '../../common/choices.ts';
import { predictionsToPack } from './packed-predictions.ts';

export interface PackRequest {
  readonly home: string;
  /** The study's id, the beginning of its id, or its name. */
  readonly study: string;
  /** Path to write to; an existing file is replaced. */
  readonly file: string;
  readonly checkpoints: CheckpointChoice;
}

/**
 * Writes a stored study into one file (format.ts), also while another process is working on it. The file is written whole
 * or not at all; the same store gives the same bytes. Throws a UserError where the study is missing, a checkpoint is
 * missing or damaged, or the file can't be written.
 */
export async function packStudy(request: PackRequest, signal?: AbortSignal): Promise<{ file: string; bytes: number }> {
  const { file } = request;
  const unfinished = `${file}.${process.pid}.part`;
  try {
    await readHome(request.home, async (home) => (await archiveOf(home, request)).write(unfinished, signal));
    await rename(unfinished, file);
    return { file, bytes: (await stat(file)).size };
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw (error as NodeJS.ErrnoException).code === undefined || error instanceof UserError
      ? error
      : new UserError(`The study can't be written to ${file} (${messageOf(error)}): choose another place.`, {
          cause: error,
        });
  }
}

async function archiveOf(home: Home, { study, checkpoints }: PackRequest): Promise<Archive> {
  const { store } = home;
  const stored = findStoredStudy(home, study);
  const archive = new Archive(stored);
  const facts = await studyFacts(store, stored);
  archive.isAnnotated = 'annotation' in facts;
  archive.json(STUDY, () => facts);
  for (const [key, kind] of new Map(store.studyRuns(stored.study.id).map(({ run, kind }) => [run, kind])))
    addRun(archive, home, key, checkpoints === 'all' || (checkpoints === 'bases' && kind === 'base'));
  const predictions = predictionsToPack(store, stored.study.id);
  if (predictions.length > 0) archive.json(PREDICTIONS, () => predictions);
  if (checkpoints !== 'none') addPretrained(archive, home.home, stored.protocol);
  return archive;
}

async function studyFacts(store: Store, { study, protocol, index }: StoredStudy) {
  const { status, created, finished, seconds } = study;
  const runVersion = runVersionOf(store, study.id);
  if (runVersion !== RUN_VERSION)
    throw new UserError(
      `Study "${study.name}" was begun by an older version of Transplant: pack it with that, or run it again as a new study.`,
    );
  return {
    runVersion,
    protocol,
    // A study in a file is not being trained.
    status: status === 'running' ? 'stopped' : status,
    ...{ created, finished, seconds },
    images: { ...withoutFileNames(index), shards: [] },
    origin: await originOf(store, study.id),
    ...annotationOf(store, study, protocol),
  };
}

/** Whether a study is archived is a matter of this home, and stays here. */
function annotationOf(store: Store, { id, name }: StudyRecord, protocol: Protocol) {
  const { notes, tags } = store.annotation(id);
  return name === protocol.name && notes === '' && tags.length === 0 ? {} : { annotation: { name, notes, tags } };
}

function runVersionOf(store: Store, study: string): number {
  const versions = store.studyRuns(study).map(({ record }) => readIdentity(record).version);
  return versions.find((version) => version !== RUN_VERSION) ?? RUN_VERSION;
}

function addRun(archive: Archive, home: Home, key: string, wanted: boolean): void {
  const { store } = home;
  const run = storedRun(home, key);
  const checkpoint = store.latestCheckpoint(key);
  const kept = wanted && checkpoint !== undefined;
  const answers = run.record.status === 'finished' ? store.answers(key) : undefined;
  if (answers) archive.hasAnswers = true;
  const { status } = run.record;
  archive.json(runEntry(key), (): PackedRun => ({
    ...resultOf(run),
    status: status === 'running' ? 'stopped' : status,
    // An unfinished training begins again without its checkpoint.
    step: kept || status === 'finished' ? run.record.step : 0,
    curve: store.curve(key).map(({ step, loss, accuracy, learningRate }) => [step, loss, accuracy, learningRate]),
    evaluations: store.evaluations(key).map(({ step, loss, correct, total }) => [step, loss, correct, total]),
    ...(answers && { answers: answerText(answers) }),
  }));
  const steps = store.snapshots(key).map(({ step }) => step);
  const last = kept || run.network.parameters[0].shape.length !== 4 ? undefined : checkpoint;
  if (steps.length > 0 || last) archive.bytes(filtersEntry(key), () => filters(home, run, steps, last));
  if (!kept) return;
  const file = join(home.home, checkpoint.file);
  archive.file(
    checkpointEntry(key),
    file,
    checkpoint.sha256,
    `The checkpoint ${file} is damaged. Delete it and train its run again, or pack without it.`,
  );
}

/** The pretrained network goes with the weights of bases, as it stands for one. A study that came as a file may lack it. */
function addPretrained(archive: Archive, home: string, { pretrained }: Protocol): void {
  if (!pretrained) return;
  const file = pretrainedFile(home, pretrained.sha256);
  if (!existsSync(file)) return;
  archive.file(
    pretrainedEntry(pretrained.sha256),
    file,
    pretrained.sha256,
    `The kept copy of the pretrained file ${pretrained.name} is damaged. Delete ${file} and choose the pretrained file on Study again, or pack without weights.`,
  );
}

function resultOf({ record }: StoredRun) {
  const { correct, total, loss, error, engineVersion, threads, started, finished, seconds, attempts } = record;
  return {
    ...{ correct, total, loss, error, engineVersion, threads, started, finished, seconds, attempts },
    timing: readTiming(record),
  };
}

/** The history of the first layer, with numbers about every layer beside it, followed by the filters of a checkpoint that is not packed itself. */
async function filters(
  { home, store }: Home,
  run: StoredRun,
  steps: readonly number[],
  last: CheckpointRecord | undefined,
): Promise<Uint8Array> {
  const history = new Map<string, Tensor>(steps.map((step) => [String(step), store.snapshot(run.record.key, step)!]));
  if (last && !history.has(String(last.step))) {
    const from = { file: join(home, last.file), sha256: last.sha256 };
    history.set(String(last.step), (await readFirstKernels(from, run)).weight);
  }
  const layers = store.layerQualities(run.record.key);
  return Buffer.concat(encodeSafetensors(history, layers.length > 0 ? { [LAYERS]: JSON.stringify(layers) } : {}));
}

/** A zip archive whose entries are made one after the other as they are written, so that memory does not grow. */
class Archive {
  readonly #zip = new ZipFile();
  readonly #entries: Manifest['entries'] = {};
  readonly #time: Date;
  readonly #protocol: Protocol;
  /** Whether a training has answers to single images. */
  hasAnswers = false;
  /** Whether a person has written something beside the study. */
  isAnnotated = false;

  constructor({ study, protocol }: StoredStudy) {
    this.#time = new Date(study.created);
    this.#protocol = protocol;
  }

  json(name: string, make: () => unknown): void {
    this.#add(name, true, () => Promise.resolve(Buffer.from(JSON.stringify(make()))));
  }

  bytes(name: string, make: () => Promise<Uint8Array>): void {
    this.#add(name, false, make);
  }

  /** Adds a file. Where it does not have this hash, `write` throws a UserError with the message `damaged`. */
  file(name: string, path: string, sha256: string, damaged: string): void {
    this.#add(name, false, () => {
      const bytes = readFileSync(path);
      if (createHash('sha256').update(bytes).digest('hex') === sha256) return Promise.resolve(bytes);
      throw new UserError(damaged);
    });
  }

  async write(path: string, signal?: AbortSignal): Promise<void> {
    this.#lazily(MANIFEST, true, () =>
      Promise.resolve(Buffer.from(JSON.stringify(manifestOf(this.#entries, this.#protocol, this)))),
    );
    this.#zip.end();
    const output = this.#zip.outputStream as Transform;
    this.#zip.on('error', (error: Error) => output.destroy(error));
    await pipeline(output, createWriteStream(path, { flush: true }), { signal });
  }

  #add(name: string, compress: boolean, make: () => Promise<Uint8Array>): void {
    this.#lazily(name, compress, async () => {
      const bytes = await make();
      this.#entries[name] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      return bytes;
    });
  }

  #lazily(name: string, compress: boolean, make: () => Promise<Uint8Array>): void {
    this.#zip.addReadStreamLazy(name, { compress, mtime: this.#time }, (give) => {
      void Promise.resolve()
        .then(make)
        .then(
          (bytes) => give(null, Readable.from([bytes])),
          (error: unknown) => give(error, undefined as never),
        );
    });
  }
}
