import { createHash } from 'node:crypto';
import { makeSplit, type Split } from '../../data/split.ts';
import { resolveNetwork } from '../../network/network.ts';
import { totalSteps, type NetworkSpec } from '../../network/spec.ts';
import type { Store } from '../../store/records.ts';
import { hasNetwork, type Protocol } from './protocol.ts';
import { checkExamples, checkProtocol } from './checks.ts';
import { counted, type CountedSet, type PlannedData, trainImages } from './planned-data.ts';
import { ownHead } from './own-head.ts';
import { fieldsOf, withoutFields } from '../../common/treatments/schema.ts';
import { RUN_VERSION, type RunIdentity } from './run-record.ts';
import {
  frozenLayers,
  other,
  partsOf,
  sourceHalf,
  treatmentName,
  type Half,
  type Treatment,
} from '../../common/treatments/treatments.ts';

/** One training of the plan's graph. */
export interface PlannedRun {
  readonly key: string;
  readonly identity: RunIdentity;
  /** Root of the initial weights (hex). The same for every engine, so that engines can be compared run by run. */
  readonly seed: string;
  /**
   * Root of the order of images, crops, mirrors and dropout (hex): the same for all runs of a replicate that are
   * trained on the same half. These common random numbers make comparisons of treatments sharper, because the batches
   * affect all of them alike, and let networks above the same frozen layers share one pass through those. It is also
   * the root of the one random network that the frozen layers of R1B..R7B come from.
   */
  readonly batchSeed: string;
  readonly name: string;
  readonly treatment: Treatment;
  readonly replicate: number;
  readonly steps: number;
  /** Training images per epoch. */
  readonly trainImages: number;
  readonly network: NetworkSpec;
}

type Replicate = Protocol['replicates'][number] & { readonly split: Split };

export interface Plan {
  readonly replicates: readonly Replicate[];
  /** Sources come before the runs that copy from them. */
  readonly runs: readonly PlannedRun[];
}

/** The images of each half. */
type CountedData = Readonly<Record<Half, CountedSet>>;

/**
 * The whole experiment of section 3 of the paper as a graph of trainings. With `examples`, all of it once more for each k of
 * them, with k training images of each target class: baseB@k from scratch and every treatment. What is transferred comes
 * from the base that had all images of its half; selffer layers come from baseB@k, so that no target image is seen but
 * those k. The images of a smaller k are among those of a larger one (data/selection.ts); tests are on the same images.
 */
export function planStudy(protocol: Protocol, set: PlannedData): Plan {
  const { sourceSet } = protocol;
  checkProtocol(protocol, set);
  const data = { A: counted(sourceSet ?? set), B: counted(set) };
  const replicates = protocol.replicates.map((replicate) => {
    const { a, b } = makeSplit(set, protocol.split, replicate.splitSeed);
    return { ...replicate, split: { a: sourceSet?.classes ?? a, b } };
  });
  return {
    replicates,
    runs: [
      ...replicates.flatMap((replicate, index) => planReplicate(protocol, data, replicate, index)),
      ...asTheyCome(protocol, data, replicates),
    ],
  };
}

function planReplicate(protocol: Protocol, data: CountedData, replicate: Replicate, index: number): PlannedRun[] {
  const targets: Half[] = protocol.bothDirections ? ['B', 'A'] : ['B'];
  const plan = (treatment: Treatment, source?: PlannedRun) =>
    planRun(protocol, data, replicate, index, treatment, source);
  const treatments = targets.flatMap((target) =>
    protocol.layers.flatMap((n) =>
      protocol.treatments
        .filter((kind) => hasNetwork(replicate.only, kind, n))
        .map((kind): Treatment => ({ kind, n, target })),
    ),
  );
  const kinds = replicate.only?.map(({ kind }) => kind) ?? protocol.treatments;
  // A pretrained network is not trained, so runs that copy from it need not wait.
  const needed = (['A', 'B'] as const).filter(
    (half) =>
      targets.includes(half) ||
      (!protocol.pretrained &&
        kinds.some((kind) => partsOf(kind).lower === 'transfer' && targets.includes(other(half)))),
  );
  const bases = new Map(needed.map((half) => [half, plan({ kind: 'base', n: 0, target: half })]));
  const few = (protocol.examples ?? []).flatMap((examples) => {
    const scratch = new Map(targets.map((target) => [target, plan({ kind: 'base', n: 0, target, examples })]));
    const treated = treatments.map((treatment) => {
      const half = sourceHalf(treatment);
      const source = half && (half === treatment.target ? scratch : bases).get(half);
      return plan({ ...treatment, examples }, source);
    });
    return [...scratch.values(), ...treated];
  });
  return [
    ...bases.values(),
    ...treatments.map((treatment) => {
      const half = sourceHalf(treatment);
      return plan(treatment, half && bases.get(half));
    }),
    ...few,
  ];
}

function planRun(
  protocol: Protocol,
  data: CountedData,
  replicate: Replicate,
  index: number,
  treatment: Treatment,
  source?: PlannedRun,
): PlannedRun {
  const { examples, target } = treatment;
  const classes = target === 'A' ? replicate.split.a : replicate.split.b;
  const set = data[target];
  const all = trainImages(set, classes, protocol.imagesPerClass);
  const allSteps = totalSteps(fitBatch(protocol.network, all).training, all);
  if (examples !== undefined) checkExamples(examples, set, classes, protocol.imagesPerClass);
  const images = examples === undefined ? all : examples * classes.length;
  const network = fitBatch(protocol.network, images);
  const { name: _, ...networkIdentity } = network;
  const identity: RunIdentity = {
    version: RUN_VERSION,
    data: set.id,
    classes,
    imagesPerClass: examples ?? protocol.imagesPerClass ?? null,
    network: networkIdentity,
    lower: treatment.kind === 'base' || treatment.kind === 'random' ? treatment.kind : 'copied',
    n: treatment.n,
    frozen: frozenLayers(treatment),
    ...fieldsOf(treatment.kind),
    ...(treatment.kind === 'random' && { randomStatistics: protocol.randomStatistics }),
    source: source?.key ?? null,
    ...(protocol.pretrained &&
      sourceHalf(treatment) === other(treatment.target) && { pretrained: protocol.pretrained.sha256 }),
    trainingSeed: replicate.trainingSeed,
    engine: protocol.engine,
    ...(examples !== undefined && { steps: allSteps }),
  };
  return {
    ...identified(identity, source?.seed),
    name: treatmentName(treatment),
    treatment,
    replicate: index,
    steps: allSteps,
    trainImages: images,
    network,
  };
}

/** @param source seed of the base that layers are copied from */
function identified(
  identity: RunIdentity,
  source?: string,
): Pick<PlannedRun, 'key' | 'identity' | 'seed' | 'batchSeed'> {
  const { engine: _engine, ...ofAnyEngine } = identity;
  return {
    key: hash(identity),
    identity,
    seed: hash({ ...ofAnyEngine, source: source ?? null }),
    batchSeed: hash(batchesOf(ofAnyEngine)),
  };
}

/**
 * The file's network as it comes, own head and all, where its classes are the target's: the transfer of all its layers, of
 * which nothing is trained. Once for each list of classes, as it has no seed.
 */
function asTheyCome(
  { pretrained, network, engine }: Protocol,
  { B: set }: CountedData,
  replicates: readonly Replicate[],
): PlannedRun[] {
  const runs = replicates.flatMap(({ split: { b: classes } }, replicate): PlannedRun[] => {
    const head = pretrained?.head && ownHead(pretrained.head, classes, set.classes);
    if (!pretrained || !head) return [];
    const { depth } = resolveNetwork(network, 2);
    const { name: _, ...networkIdentity } = network;
    const identity: RunIdentity = {
      ...{ version: RUN_VERSION, data: set.id, classes, imagesPerClass: null, network: networkIdentity },
      ...{ lower: 'copied', n: depth, frozen: depth - 1, source: null, pretrained: pretrained.sha256, head },
      ...{ trainingSeed: 0, engine },
    };
    const treatment = { kind: 'transfer', n: depth, target: 'B' } as const;
    return [
      {
        ...identified(identity),
        ...{ name: treatmentName(treatment), treatment, replicate, steps: 0, network },
        trainImages: trainImages(set, classes),
      },
    ];
  });
  return runs.filter(({ key }, place) => runs.findIndex((run) => run.key === key) === place);
}

/** What all treatments of a replicate on one half have in common, whatever is done with their copied layers. */
function batchesOf(identity: Omit<RunIdentity, 'engine'>): object {
  const {
    lower: _lower,
    n: _n,
    frozen: _frozen,
    source: _source,
    pretrained: _file,
    head: _head,
    randomStatistics: _statistics,
    ...batches
  } = identity;
  return withoutFields(batches);
}

/** A batch can't hold more images than there are. */
function fitBatch(network: NetworkSpec, images: number): NetworkSpec {
  const batchSize = Math.min(network.training.batchSize, images);
  return { ...network, training: { ...network.training, batchSize } };
}

/** Trainings and their places in a study, as the store takes them (`Store.addStudy`). */
export const runsToStore = (runs: readonly PlannedRun[]): Parameters<Store['addStudy']>[1] =>
  runs.map(({ key, identity, seed, steps, replicate, name, treatment }) => ({
    run: { key, identity: JSON.stringify(identity), seed, steps },
    place: { replicate, name, ...treatment },
  }));

/** The id of a study. The same protocol gives the same study, as long as it gives the same numbers (RUN_VERSION). */
export const studyId = (protocol: Protocol): string => hash({ ...protocol, runs: RUN_VERSION }).slice(0, 12);

/** SHA-256 of the value's JSON with sorted keys, in hex. */
function hash(value: unknown): string {
  return createHash('sha256').update(sortedJson(value)).digest('hex');
}

/** The JSON of what many identities share, such as layers and classes: thousands of runs are hashed within a second. */
const shared = new WeakMap<object, string>();

function sortedJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const known = shared.get(value);
  if (known !== undefined) return known;
  const json = Array.isArray(value)
    ? `[${value.map((inner: unknown) => sortedJson(inner ?? null)).join()}]`
    : `{${Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => `${JSON.stringify(key)}:${sortedJson(inner)}`)
        .join()}}`;
  shared.set(value, json);
  return json;
}
