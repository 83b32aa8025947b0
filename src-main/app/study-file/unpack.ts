import { basename } from 'node:path';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { LayerQualities } from '../../common/results/layer-quality.ts';
import { messageOf, UserError } from '../../errors.ts';
import { resolveNetwork, type Network } from '../../network/network.ts';
import { wholeCheckpoint } from '../../network/optimiser.ts';
import { answersIn } from '../../store/answer-bytes.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import { openStore } from '../../store/open.ts';
import type { CheckpointRecord, RestoredRun, Snapshot, Store } from '../../store/records.ts';
import { decodeSafetensors } from '../../store/safetensors.ts';
import { type Plan, type PlannedRun, planStudy, runsToStore, studyId } from '../../study/plan/plan.ts';
import { RUN_VERSION } from '../../study/plan/run-record.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import { freeSpace } from '../home.ts';
import { storeFile } from '../opened-home.ts';
import { StudyArchive, Unusable } from './archive.ts';
import {
  checkpointEntry,
  filtersEntry,
  LAYERS,
  layersSchema,
  PREDICTIONS,
  pretrainedEntry,
  runEntry,
  runSchema,
  STUDY,
  studySchema,
} from './format.ts';
import { readPredictions } from './packed-predictions.ts';
import { checkpointFile, copyPretrained } from './packed-pretrained.ts';

/** Trainings that a study may have, because a hostile protocol could ask for any number, and classes of all of them together. */
const MAX_RUNS = 20_000;
const MAX_CLASSES = 20_000_000;
/** Snapshots of a first layer that a file may have. */
const MAX_STEPS = 1000;

/**
 * Unpacks a study's file into a folder: a store with this study and nothing else, and its checkpoints. Everything in the
 * file is checked: names, sizes, hashes, schemas, shapes, and that it is what its protocol asks for.
 *
 * Errors: UserError, one sentence that names the file; Cancelled.
 */
export async function unpackStudy(
  { file, folder }: { file: string; folder: string },
  signal?: AbortSignal,
): Promise<{ study: string }> {
  try {
    const archive = await StudyArchive.open(file, signal);
    try {
      return { study: await unpack(archive, folder) };
    } finally {
      archive.close();
    }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new UserError(`The study file ${basename(file)} can't be restored: ${error.message}. Nothing was changed.`, {
      cause: error,
    });
  }
}

async function unpack(archive: StudyArchive, folder: string): Promise<string> {
  const { runVersion, protocol, images, origin, annotation, ...facts } = await archive.json(STUDY, studySchema);
  if (runVersion !== RUN_VERSION)
    throw new Unusable(
      `its networks were trained by the rules of ${runVersion < RUN_VERSION ? 'an older' : 'a newer'} Transplant, and only that can open it`,
    );
  checkImages(images, protocol.data.id);
  const plan = planned(() => planOf(protocol, images));
  const runs = new Map(plan.runs.map((run) => [run.key, run]));
  checkEntries(archive, runs, protocol);
  const room = await freeSpace(folder);
  if (archive.binaryBytes > room) throw new Unusable(`there is no room for its ${archive.binaryBytes} bytes`);
  const store = openStore(storeFile(folder));
  try {
    const id = studyId(protocol);
    store.addStudy({ id, name: protocol.name, protocol: JSON.stringify(protocol), ...facts }, runsToStore(plan.runs));
    if (annotation) store.annotateStudy(id, annotation);
    store.setKnownImages(images.id, JSON.stringify({ ...images, shards: [] }));
    store.setStudyOrigin(id, JSON.stringify(origin));
    for (const run of runs.values()) store.restoreRuns([await readRun(archive, run, folder)]);
    checkStatus(store, id);
    for (const { source, own, prediction } of await readPredictions(archive, plan))
      store.setPrediction(source, own, JSON.stringify(prediction));
    await copyPretrained(archive, protocol, folder);
    return id;
  } finally {
    store.close();
  }
}

function planOf(protocol: Parameters<typeof planStudy>[0], images: ImageSetIndex): Plan {
  const { replicates, layers, treatments, examples = [], sourceSet } = protocol;
  const classes = Math.max(images.classes.length, sourceSet?.classes.length ?? 0);
  const runs = replicates.length * (1 + examples.length) * (2 + 2 * layers.length * treatments.length);
  if (runs > MAX_RUNS || runs * classes > MAX_CLASSES) throw new Unusable('it is too large');
  const plan = planStudy(protocol, images);
  if (!plan.runs.every(({ steps }) => Number.isSafeInteger(steps))) throw new Unusable('its trainings never end');
  return plan;
}

/** A protocol of the right form may still be nonsense. */
function planned(make: () => Plan): Plan {
  try {
    return make();
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(`its protocol makes no sense (${messageOf(error)})`);
  }
}

function checkImages({ id, classes, count, trainCounts, heldOutCounts }: ImageSetIndex, wanted: string): void {
  const sum = [...trainCounts, ...heldOutCounts].reduce((total, images) => total + images, 0);
  const whole = trainCounts.length === classes.length && heldOutCounts.length === classes.length && sum === count;
  if (id !== wanted || !whole || new Set(classes).size !== classes.length)
    throw new Unusable('what it says of its images does not fit together');
}

/** Throws Unusable where a training has no entry, or an entry no training. */
function checkEntries(archive: StudyArchive, runs: ReadonlyMap<string, PlannedRun>, { pretrained }: Protocol): void {
  const known = new Set([
    STUDY,
    PREDICTIONS,
    ...(pretrained ? [pretrainedEntry(pretrained.sha256)] : []),
    ...[...runs.keys()].flatMap((key) => [runEntry(key), filtersEntry(key), checkpointEntry(key)]),
  ]);
  const unexpected = archive.names.find((name) => !known.has(name));
  if (unexpected !== undefined) throw new Unusable(`${unexpected} is of no training of this study`);
  const missing = [...runs.keys()].find((key) => !archive.has(runEntry(key)));
  if (missing !== undefined) throw new Unusable(`${runEntry(missing)} is missing`);
}

async function readRun(archive: StudyArchive, run: PlannedRun, folder: string): Promise<RestoredRun> {
  const { key, identity, seed, steps } = run;
  const name = runEntry(key);
  const { curve, evaluations, answers: told, timing, ...result } = await archive.json(name, runSchema);
  const beyond = [result.step, ...[...curve, ...evaluations].map(([step]) => step)].some((step) => step > steps);
  const ended = result.status === 'finished' && (result.correct === null || !result.total);
  if (beyond || ended) throw new Unusable(`${name} does not fit the protocol`);
  const network = resolveNetwork(run.network, identity.classes.length);
  const { status, correct, total } = result;
  const classes = identity.classes.length;
  const answers = told && correct !== null && total ? answersIn(told, { correct, total, classes }) : undefined;
  if (told && (!answers || status !== 'finished'))
    throw new Unusable(`${name} has answers that are not of its accuracy`);
  return {
    record: {
      key,
      identity: JSON.stringify(identity),
      seed,
      steps,
      ...result,
      timing: timing && JSON.stringify(timing),
    },
    curve: curve.map(([step, loss, accuracy, learningRate]) => ({ step, loss, accuracy, learningRate })),
    evaluations: evaluations.map(([step, loss, correct, total]) => ({ step, loss, correct, total })),
    snapshots: await readFilters(archive, run, network),
    answers,
    checkpoint: await copyCheckpoint(archive, run, result, network, folder),
  };
}

async function readFilters(archive: StudyArchive, { key, steps }: PlannedRun, network: Network): Promise<Snapshot[]> {
  const name = filtersEntry(key);
  if (!archive.has(name)) return [];
  const [first] = network.parameters;
  const { tensors, metadata } = decoded(name, await archive.bytes(name));
  if (tensors.size > MAX_STEPS) throw new Unusable(`${name} has ${tensors.size} steps`);
  const layers = layersIn(metadata[LAYERS], network);
  if (!layers) throw new Unusable(`${name} has numbers of no layers`);
  return [...tensors].map(([text, weight]) => {
    const step = Number(text);
    if (!/^\d{1,15}$/.test(text) || step > steps) throw new Unusable(`${name} has filters of no step`);
    if (first.shape.length !== 4 || weight.shape.join() !== first.shape.join())
      throw new Unusable(`${name} has filters of the shape ${weight.shape.join('x')}, not ${first.shape.join('x')}`);
    return { step, weight, ...(layers.has(step) && { layers: layers.get(step)! }) };
  });
}

/** Numbers about layers by step; none, where an older program wrote the file. Undefined where they are of another network. */
function layersIn(text: string | undefined, { depth }: Network): Map<number, LayerQualities> | undefined {
  if (text === undefined) return new Map();
  const found = layersSchema.safeParse(parsed(text)).data;
  if (!found?.every(({ layers }) => layers.every(({ n }) => n < depth))) return undefined;
  return new Map(found.map(({ step, layers }) => [step, layers]));
}

/** Undefined where it isn't JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(name: string, bytes: Buffer): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    throw new Unusable(`${name} is damaged: ${messageOf(error)}`);
  }
}

async function copyCheckpoint(
  archive: StudyArchive,
  { key, steps }: PlannedRun,
  { status, step }: { status: string; step: number },
  network: Network,
  folder: string,
): Promise<CheckpointRecord | undefined> {
  const name = checkpointEntry(key);
  if (!archive.has(name)) return undefined;
  const copy = await archive.copy(name, checkpointFile(folder, key));
  const read = await readCheckpoint(
    { file: checkpointFile(folder, key), sha256: copy.sha256 },
    wholeCheckpoint(network),
  ).catch((error: unknown) => {
    throw error instanceof UserError ? new Unusable(`${name} is of another network or damaged`) : error;
  });
  const final = status === 'finished';
  if (read.step !== step || (final && step !== steps)) throw new Unusable(`${name} is of another step`);
  return { run: key, step, file: `checkpoints/${key}/step-${step}.safetensors`, ...copy, final };
}

function checkStatus(store: Store, study: string): void {
  const all = store.studyRuns(study).every(({ record }) => record.status === 'finished');
  if (store.findStudy(study)?.status === 'finished' && !all)
    throw new Unusable('it says that it is finished, but not all of its trainings are');
}
