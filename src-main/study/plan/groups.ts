import { learningIn } from '../../common/treatments/schema.ts';
import type { Treatment } from '../../common/treatments/treatments.ts';
import { PREFIX_ENGINES } from '../../engine/engine.ts';
import { frozenStretches } from '../../engine/trainer/stage.ts';
import { volume } from '../../network/layers/layer.ts';
import { type Network, resolveNetwork } from '../../network/network.ts';
import { checkpointSize } from '../../network/optimiser.ts';
import { isOfThePaper } from '../../network/variants.ts';
import type { PlannedRun } from './plan.ts';

/** Trainings that one process runs side by side; at least one. */
export type Group = readonly PlannedRun[];

export interface GroupLimits {
  /** Groups that are trained at once. */
  readonly workers: number;
  /** Bytes for the networks of all groups that run at once. A group of one may need more than its part. */
  readonly memory: number;
}

/**
 * Sorts trainings into groups that share frozen layers: A1B..A7B are all chopped from baseA, see the same batches,
 * and need its forward pass once. A group is cut where its networks need more than their part of the memory, or where
 * it would keep one worker longer than an equal share of all the work. Groups that keep others waiting, and long
 * ones, come first, so that all workers are busy to the end. Grouping changes no number.
 */
export function groupRuns(runs: readonly PlannedRun[], { workers, memory }: GroupLimits): Group[] {
  const whole = [...Map.groupBy(runs, groupKey).values()];
  const longest = whole.reduce((sum, group) => sum + operations(group), 0) / workers;
  const groups = whole.flatMap((group) =>
    cutGroup(group, (part) => operations(part) <= longest && memoryOf(part) <= memory / workers),
  );
  return byUrgency(groups);
}

/** Equal for runs that may be trained side by side. */
function groupKey({ key, identity, batchSeed }: PlannedRun): string {
  const { frozen, lower, source, pretrained, head, engine } = identity;
  return frozen > 0 && !head && PREFIX_ENGINES.has(engine) ? [batchSeed, lower, source, pretrained].join() : key;
}

/** Cuts a group into parts. Neighbours in depth stay together, because they share the most layers. */
function cutGroup(group: Group, fits: (part: Group) => boolean): Group[] {
  const parts: PlannedRun[][] = [];
  for (const run of group.toSorted((a, b) => a.identity.frozen - b.identity.frozen)) {
    const part = parts.at(-1);
    if (part && fits([...part, run])) part.push(run);
    else parts.push([run]);
  }
  return parts;
}

/**
 * Sorts groups by the longest chain of groups that begins with each, the longest first; equal ones stay in the order
 * of the plan.
 */
function byUrgency(groups: readonly Group[]): Group[] {
  const costs = new Map(groups.map((group) => [group, operations(group)]));
  const waiting = Map.groupBy(groups, ([{ identity }]) => identity.source);
  const after = (group: Group) => group.flatMap(({ key }) => waiting.get(key) ?? []).map((next) => costs.get(next)!);
  const chains = new Map(groups.map((group) => [group, costs.get(group)! + Math.max(0, ...after(group))]));
  return groups.toSorted((a, b) => chains.get(b)! - chains.get(a)!);
}

/**
 * Floating point operations of a group: the layers below the highest border once, and those above its own border for each
 * network, forwards and for the gradients that a step takes of them.
 */
export function operations(group: Group): number {
  const network = networkOf(group[0]);
  const ofImage = (borders: readonly number[]) =>
    borders.reduce(
      (sum, border) => sum + learningFlops(network, border),
      network.layers.filter(({ n }) => n <= Math.max(...borders)).reduce((sum, { flops }) => sum + flops, 0),
    );
  const images = (steps: number) => steps * group[0].network.training.batchSize;
  return stretchesOf(group).reduce((sum, { steps, borders }) => sum + images(steps) * ofImage(borders), 0);
}

/**
 * Operations above a border for one image of a training step: forwards, and each as often again for gradients of weights and
 * for gradients of inputs. The lowest layers that learn have no gradients of inputs, as nothing below them needs any.
 */
function learningFlops({ layers }: Network, border: number): number {
  /** Whether a layer's output depends on something that learns. */
  const depends: boolean[] = [];
  return layers.reduce((sum, { place, sources, n, parameters, flops }) => {
    const passesDown = sources.some((source) => depends[source]);
    const learns = n > border && parameters > 0;
    depends[place] = passesDown || learns;
    return n > border ? sum + flops * (1 + Number(learns) + Number(passesDown)) : sum;
  }, 0);
}

/**
 * The factor for what else an engine needs: transforms of convolutions, and memory that it doesn't give back; less what it
 * saves: views of other values, and gradients that are soon used up. Measured with onnx: 113 MB for each further
 * alexnet-32-small in a process, 274 for alexnet-32; without the factor 55 and 141. Networks of other layers in their batches
 * of training: 0.45 (vit-32), 0.55 (resnet-32), 0.6 (mobilenet-32), 0.85 (convnext-64) of what it is without.
 */
const engineOverhead = (network: Network): number => (isOfThePaper(network) ? 2 : 0.9);

/**
 * Bytes for weights and what the optimiser remembers of them, the next values of both, and activations with their gradients,
 * times `engineOverhead`.
 */
function memoryOf(group: Group): number {
  return group.reduce((sum, run) => {
    const { layers, parameters, ...network } = networkOf(run);
    const isAbove = ({ n }: { readonly n: number }) => n > run.identity.frozen;
    const changing = { ...network, layers, parameters: parameters.filter(isAbove) };
    const values = layers.filter(isAbove).reduce((total, { output }) => total + volume(output), 0);
    const numbers = 2 * checkpointSize(changing) + 2 * run.network.training.batchSize * values;
    return sum + engineOverhead(changing) * Float32Array.BYTES_PER_ELEMENT * numbers;
  }, 0);
}

const networkOf = ({ network, identity }: PlannedRun): Network => resolveNetwork(network, identity.classes.length);

/** Steps of trainings that are done side by side, all of them with the same layers frozen. */
export interface Stretch {
  readonly steps: number;
  /** How many layers of each training are frozen. */
  readonly borders: readonly number[];
}

/**
 * A group has one stretch. A training whose treatment has stages is alone in its group and has one stretch for each.
 */
export function stretchesOf(group: readonly PlannedRun[]): Stretch[] {
  const [{ steps, identity, trainImages, network }] = group;
  const { stages } = learningIn(identity);
  if (!stages) return [{ steps, borders: group.map((run) => run.identity.frozen) }];
  const length = { batchSize: network.training.batchSize, trainImages, steps };
  return frozenStretches(stages(identity.n), length).map((stage) => ({ steps: stage.steps, borders: [stage.frozen] }));
}

/** How often a training is saved and evaluated. */
export interface Detail {
  /** Seconds between checkpoints, which is what a power failure may cost. */
  readonly checkpointEvery: number;
  /** The most evaluations. */
  readonly evaluations: number;
  /** The most snapshots of the first layer's filters. */
  readonly snapshots: number;
}

const CHECKPOINT_EVERY = 20;

/** Bases have a learning curve in the report, and show how filters form. */
const BASE: Detail = { checkpointEvery: CHECKPOINT_EVERY, evaluations: 10, snapshots: 40 };
/** Treatments are compared at their end; a few snapshots show how their filters change. */
const TREATMENT: Detail = { checkpointEvery: CHECKPOINT_EVERY, evaluations: 2, snapshots: 12 };

export const detailOf = (kind: Treatment['kind']): Detail => (kind === 'base' ? BASE : TREATMENT);
