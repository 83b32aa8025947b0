import { createHash } from 'node:crypto';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { makeSplit, type Split } from '../../data/split.ts';
import { resolveNetwork } from '../../network/network.ts';
import { totalSteps, type NetworkSpec } from '../../network/spec.ts';
import { isNorm } from '../../network/variants.ts';
import { UserError } from '../../errors.ts';
import type { Protocol } from './protocol.ts';
import { fieldsOf, withoutFields } from '../../common/treatments/schema.ts';
import { RUN_VERSION, type RunIdentity } from './run-record.ts';
import {
  curveName,
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

interface Replicate {
  readonly splitSeed: number;
  readonly trainingSeed: number;
  readonly split: Split;
}

export interface Plan {
  readonly replicates: readonly Replicate[];
  /** Sources come before the runs that copy from them. */
  readonly runs: readonly PlannedRun[];
}

/** What the plan needs to know about an image set. */
export type PlannedData = Pick<ImageSetIndex, 'id' | 'name' | 'size' | 'classes' | 'groups' | 'trainCounts'>;

/**
 * The whole experiment of section 3 of the paper as a graph of trainings. With `examples`, all of it once more for each k of
 * them, with k training images of each target class: baseB@k from scratch and every treatment. What is transferred comes
 * from the base that had all images of its half; selffer layers come from baseB@k, so that no target image is seen but
 * those k. The images of a smaller k are among those of a larger one (data/selection.ts); tests are on the same images.
 */
export function planStudy(protocol: Protocol, data: PlannedData): Plan {
  checkLayers(protocol);
  checkNorms(protocol);
  checkSize(protocol, data);
  checkPretrained(protocol);
  const replicates = protocol.replicates.map((replicate) => ({
    ...replicate,
    split: makeSplit(data, protocol.split, replicate.splitSeed),
  }));
  return {
    replicates,
    runs: replicates.flatMap((replicate, index) => planReplicate(protocol, data, replicate, index)),
  };
}

function checkLayers(protocol: Protocol): void {
  const { depth } = resolveNetwork(protocol.network, 2);
  for (const n of protocol.layers) {
    if (n >= depth)
      throw new UserError(
        `Layer ${n} can't be chopped: ${protocol.network.name} can be cut at n = 1 to ${depth - 1}.`,
        { usage: true },
      );
  }
}

/** Some treatments change only norms, which must be there below the highest cut. */
function checkNorms({ network, treatments }: Protocol): void {
  const { depth, layers: all } = resolveNetwork(network, 2);
  for (const kind of treatments) {
    const { definition } = partsOf(kind);
    const needs = 'needs' in definition ? definition.needs : undefined;
    if (needs === undefined || all.some((layer) => layer.n < depth && isNorm(layer, needs))) continue;
    const norms = needs === 'norm' ? 'norms' : 'batch norms';
    throw new UserError(
      `${curveName({ kind, target: 'B' })} changes only the ${norms} of copied layers, and ${network.name} has none that could be copied: leave it out, or choose a network with ${norms}.`,
      { usage: true },
    );
  }
}

function checkSize({ network }: Protocol, { name, size }: PlannedData): void {
  if (size < network.inputSize)
    throw new UserError(
      `Image set "${name}" holds images of ${size}x${size} pixels, but network "${network.name}" reads ${network.inputSize}x${network.inputSize}: import the images again at that size, or choose a network for smaller images.`,
      { usage: true },
    );
}

/** A pretrained network was not trained on a half of these classes, so nothing can be transferred back to it. */
function checkPretrained({ pretrained, bothDirections, layers, treatments, network }: Protocol): void {
  if (!pretrained) return;
  if (bothDirections)
    throw new UserError(
      'A pretrained network stands for A, so there is nothing to transfer to A: leave out both directions.',
      { usage: true },
    );
  const beyond =
    treatments.some((kind) => partsOf(kind).lower === 'transfer') && layers.find((n) => n > pretrained.layers);
  if (beyond)
    throw new UserError(
      `n = ${beyond} is too many for the pretrained file ${pretrained.name}: its first ${pretrained.layers} layers fit ${network.name}, so n goes from 1 to ${pretrained.layers}.`,
      { usage: true },
    );
}

function planReplicate(protocol: Protocol, data: PlannedData, replicate: Replicate, index: number): PlannedRun[] {
  const targets: Half[] = protocol.bothDirections ? ['B', 'A'] : ['B'];
  const plan = (treatment: Treatment, source?: PlannedRun) =>
    planRun(protocol, data, replicate, index, treatment, source);
  const treatments = targets.flatMap((target) =>
    protocol.layers.flatMap((n) => protocol.treatments.map((kind): Treatment => ({ kind, n, target }))),
  );
  const bases = { A: plan({ kind: 'base', n: 0, target: 'A' }), B: plan({ kind: 'base', n: 0, target: 'B' }) };
  const needed = (['A', 'B'] as const).filter(
    (half) =>
      targets.includes(half) ||
      (!protocol.pretrained &&
        protocol.treatments.some((kind) => partsOf(kind).lower === 'transfer' && targets.includes(other(half)))),
  );
  // A pretrained network is not trained, so runs that copy from it need not wait.
  const sources = { B: bases.B, A: protocol.pretrained ? undefined : bases.A };
  const few = (protocol.examples ?? []).flatMap((examples) => {
    const scratch = new Map(targets.map((target) => [target, plan({ kind: 'base', n: 0, target, examples })]));
    const treated = treatments.map((treatment) => {
      const half = sourceHalf(treatment);
      const source = half && (half === treatment.target ? scratch.get(half) : sources[half]);
      return plan({ ...treatment, examples }, source);
    });
    return [...scratch.values(), ...treated];
  });
  return [
    ...needed.map((half) => bases[half]),
    ...treatments.map((treatment) => {
      const half = sourceHalf(treatment);
      return plan(treatment, half && sources[half]);
    }),
    ...few,
  ];
}

function planRun(
  protocol: Protocol,
  data: PlannedData,
  replicate: Replicate,
  index: number,
  treatment: Treatment,
  source?: PlannedRun,
): PlannedRun {
  const classes = treatment.target === 'A' ? replicate.split.a : replicate.split.b;
  const { examples } = treatment;
  const all = trainImages(data, classes, protocol.imagesPerClass);
  const allSteps = totalSteps(fitBatch(protocol.network, all).training, all);
  if (examples !== undefined) checkExamples(examples, data, classes, protocol.imagesPerClass);
  const images = examples === undefined ? all : examples * classes.length;
  const network = fitBatch(protocol.network, images);
  const { name: _, ...networkIdentity } = network;
  const identity: RunIdentity = {
    version: RUN_VERSION,
    data: data.id,
    classes,
    imagesPerClass: examples ?? protocol.imagesPerClass ?? null,
    network: networkIdentity,
    lower: treatment.kind === 'base' || treatment.kind === 'random' ? treatment.kind : 'copied',
    n: treatment.n,
    frozen: frozenLayers(treatment),
    ...fieldsOf(treatment.kind),
    source: source?.key ?? null,
    ...(protocol.pretrained &&
      sourceHalf(treatment) === other(treatment.target) && { pretrained: protocol.pretrained.sha256 }),
    trainingSeed: replicate.trainingSeed,
    engine: protocol.engine,
    ...(examples !== undefined && { steps: allSteps }),
  };
  const { engine: _engine, ...ofAnyEngine } = identity;
  return {
    key: hash(identity),
    identity,
    seed: hash({ ...ofAnyEngine, source: source?.seed ?? null }),
    batchSeed: hash(batchesOf(ofAnyEngine)),
    name: treatmentName(treatment),
    treatment,
    replicate: index,
    steps: allSteps,
    trainImages: images,
    network,
  };
}

/** What all treatments of a replicate on one half have in common, whatever is done with their copied layers. */
function batchesOf(identity: Omit<RunIdentity, 'engine'>): object {
  const { lower: _lower, n: _n, frozen: _frozen, source: _source, pretrained: _file, ...batches } = identity;
  return withoutFields(batches);
}

/** Images that one epoch of training sees. */
function trainImages(data: PlannedData, classes: readonly string[], imagesPerClass?: number): number {
  return classes.reduce((sum, name) => {
    const available = data.trainCounts[data.classes.indexOf(name)];
    if (imagesPerClass !== undefined && imagesPerClass > available)
      throw new UserError(
        `${imagesPerClass} training images per class were asked for, but class "${name}" of ${data.name} has ${available}; ask for ${available} or fewer.`,
        { usage: true },
      );
    return sum + (imagesPerClass ?? available);
  }, 0);
}

/** Few target examples must be fewer than all, for each class. */
function checkExamples(examples: number, data: PlannedData, classes: readonly string[], imagesPerClass?: number): void {
  for (const name of classes) {
    const all = imagesPerClass ?? data.trainCounts[data.classes.indexOf(name)];
    if (examples >= all)
      throw new UserError(
        `${examples} images per target class were asked for, but the study trains on all ${all} of class "${name}" anyway; ask for fewer than ${all}.`,
        { usage: true },
      );
  }
}

/** A batch can't hold more images than there are. */
function fitBatch(network: NetworkSpec, images: number): NetworkSpec {
  const batchSize = Math.min(network.training.batchSize, images);
  return { ...network, training: { ...network.training, batchSize } };
}

/** The id of a study. The same protocol gives the same study, as long as it gives the same numbers (RUN_VERSION). */
export const studyId = (protocol: Protocol): string => hash({ ...protocol, runs: RUN_VERSION }).slice(0, 12);

/** SHA-256 of the value's JSON with sorted keys, in hex. */
function hash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
