import { learningIn } from '../../common/treatments/schema.ts';
import type { SourceSet } from '../../common/protocol-parts.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { snapshotSteps } from '../../engine/trainer/first-layer.ts';
import { evaluationInterval } from '../../engine/trainer/meters.ts';
import { volume } from '../../network/layers/layer.ts';
import { type Network, resolveNetwork } from '../../network/network.ts';
import { checkpointSize } from '../../network/optimiser.ts';
import { detailOf, type Group, groupRuns, stretchesOf } from '../../study/plan/groups.ts';
import type { Plan, PlannedRun } from '../../study/plan/plan.ts';
import type { Measurement } from '../tasks/measure.ts';

/** Bytes of checkpoints that an ordinary machine hashes and writes to its disk in a second. */
const CHECKPOINT_RATE = 150e6;

export interface EstimateOptions {
  /** Of all replicates, or of the first of them. */
  readonly plan: Plan;
  /** All replicates; of those that are not planned, each takes what the last planned one takes untrained. Absent: all are planned. */
  readonly replicates?: number;
  /** The set that the plan was made for. */
  readonly data: Pick<ImageSetIndex, 'classes' | 'heldOutCounts'>;
  /** Another set that its baseA is trained on. */
  readonly source?: SourceSet;
  /** Whether the run of a key is trained already. */
  readonly stored: (key: string) => boolean;
  /** Speed of the plan's network, measured with as many trainings at once as will run. */
  readonly measurement: Measurement;
  /** Groups of trainings at once. */
  readonly workers: number;
  /** Bytes for networks that are trained side by side. */
  readonly sharedMemory: number;
}

/** The time, disk space and memory that a study will take. */
export interface Estimate {
  /** Seconds of training; making or importing images is not included. */
  readonly seconds: number;
  /** Bytes that will be added to the home folder. */
  readonly disk: number;
  /** Bytes of memory that all trainings that run at once take together. */
  readonly memory: number;
  /** Networks to train, and networks that are trained already. */
  readonly trainings: number;
  readonly reused: number;
}

export function estimateStudy(options: EstimateOptions): Estimate {
  const { plan, replicates = plan.replicates.length, workers } = options;
  const { jobs, ...planned } = estimateRuns(plan.runs, options);
  const estimate = { ...planned, seconds: makespan(jobs, workers) };
  const further = replicates - plan.replicates.length;
  if (further === 0) return estimate;
  const last = plan.runs.filter(({ replicate }) => replicate === plan.replicates.length - 1);
  const each = estimateRuns(last, { ...options, stored: () => false });
  const work = each.jobs.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    seconds: estimate.seconds + (further * work) / workers,
    disk: estimate.disk + further * each.disk,
    memory: Math.max(estimate.memory, each.memory),
    trainings: estimate.trainings + further * each.trainings,
    reused: estimate.reused,
  };
}

type EstimatedRuns = Omit<Estimate, 'seconds'> & { readonly jobs: readonly Job[] };

function estimateRuns(planned: readonly PlannedRun[], options: EstimateOptions): EstimatedRuns {
  const { stored, measurement, workers, sharedMemory } = options;
  const runs = [...new Map(planned.map((run) => [run.key, run])).values()];
  const left = runs
    .filter(({ key }) => !stored(key))
    .map((run) => ({ run, network: resolveNetwork(run.network, run.identity.classes.length) }));
  const groups = groupRuns(
    left.map(({ run }) => run),
    { workers, memory: sharedMemory },
  );
  // A base, for which other runs wait, is a group of its own.
  const jobs = groups.map((group) => {
    const [{ key, identity }] = group;
    return { key, source: identity.source, seconds: groupSeconds(group, options) };
  });
  return {
    jobs,
    disk: left.reduce((sum, { run, network }) => sum + storedBytes(run, network), 0),
    memory: Math.min(workers, groups.length) * measurement.memory,
    trainings: left.length,
    reused: runs.length - left.length,
  };
}

/** Seconds that a group takes. Its networks all see the same images equally often. */
function groupSeconds(group: Group, { data, source, measurement }: EstimateOptions): number {
  const [run] = group;
  const { steps, trainImages, identity } = run;
  const network = resolveNetwork(run.network, identity.classes.length);
  const { batchSize } = run.network.training;
  const { classes, heldOutCounts } = source && identity.data === source.id ? source : data;
  const heldOut = identity.classes.reduce((sum, name) => sum + heldOutCounts[classes.indexOf(name)], 0);
  const { evaluations, checkpointEvery } = detailOf(run.treatment.kind);
  const interval = evaluationInterval(steps, trainImages, batchSize, evaluations);
  const evaluated = Math.max(1, Math.ceil(steps / interval)) * heldOut;
  const stretches = stretchesOf(group);
  const training = stretches.reduce(
    (sum, stretch) => sum + stretch.steps * batchSize * secondsPerTrainedImage(network, stretch.borders, measurement),
    0,
  );
  // A network is compiled anew for each further stage, and one with adapters once more when they are merged at the end.
  const compiled = stretches.length - 1 + (learningIn(identity).adapterRank === undefined ? 0 : 1);
  const computing =
    training +
    compiled * measurement.compileSeconds +
    evaluated * forwardShare(network, stretches[0].borders) * measurement.evaluationSecondsPerImage;
  const checkpoints = group.length * (1 + Math.floor(computing / checkpointEvery));
  return measurement.loadSeconds + computing + (checkpoints * checkpointBytes(network)) / CHECKPOINT_RATE;
}

/** Frozen layers are computed forwards only, and once for all networks of a group. @param borders number of frozen layers of each */
function secondsPerTrainedImage(network: Network, borders: readonly number[], measurement: Measurement): number {
  const whole = measurement.stepSeconds / measurement.batchSize;
  const forward = Math.min(whole, measurement.evaluationSecondsPerImage);
  const learning = borders.reduce((sum, frozen) => sum + shareAbove(network, frozen), 0);
  return forward * forwardShare(network, borders) + (whole - forward) * learning;
}

/**
 * Work of a group's forward passes as a multiple of one network's: layers below the highest border are computed
 * once, and every network computes the layers above its own border.
 */
function forwardShare(network: Network, borders: readonly number[]): number {
  const below = 1 - shareAbove(network, Math.max(...borders));
  return borders.reduce((sum, frozen) => sum + shareAbove(network, frozen), below);
}

/**
 * What it costs to read and write a value of a layer, in floating point operations: norms, ReLUs and depthwise convolutions take
 * as long as their memory does. Measured on networks of such layers, whose frozen part operations alone make a third too dear.
 */
const VALUE_COST = 60;

/** The share of a network's work that is above its frozen layers. */
function shareAbove({ layers }: Network, frozen: number): number {
  const work = (counted: Network['layers']) =>
    counted.reduce((sum, { flops, output }) => sum + flops + VALUE_COST * volume(output), 0);
  return work(layers.filter(({ n }) => n > frozen)) / work(layers);
}

/** Bytes that a finished run keeps: one checkpoint, and the history of its first layer's filters. */
function storedBytes(run: PlannedRun, network: Network): number {
  const { layers, parameters } = network;
  const isFrozen = stretchesOf([run]).at(-1)!.borders[0] > 0 || learningIn(run.identity).norms !== undefined;
  const learnsFilters = layers[0].spec.type === 'conv' && !isFrozen;
  const snapshots = learnsFilters ? snapshotSteps(run.steps, detailOf(run.treatment.kind).snapshots).size : 0;
  return checkpointBytes(network) + snapshots * parameters[0].size * Float32Array.BYTES_PER_ELEMENT;
}

/** Bytes of all weights and what the optimiser remembers of them. */
const checkpointBytes = (network: Network): number => checkpointSize(network) * Float32Array.BYTES_PER_ELEMENT;

export interface Job {
  readonly key: string;
  /** Key of the job that must end before this one begins; a key that is not among the jobs counts as ended. */
  readonly source: string | null;
  readonly seconds: number;
}

/** Seconds until all jobs are done by `workers` at once, each taking the first job that may begin, as the runner does. */
export function makespan(jobs: readonly Job[], workers: number): number {
  const unfinished = new Set(jobs.map(({ key }) => key));
  const waitsFor = ({ source }: Job) => (source !== null && unfinished.has(source) ? source : null);
  const waiting = Map.groupBy(jobs.keys(), (place) => waitsFor(jobs[place]));
  /** Places of jobs that may begin, the first one last. */
  const ready = (waiting.get(null) ?? []).toReversed();
  const active: { readonly key: string; readonly end: number }[] = [];
  let now = 0;
  for (;;) {
    while (active.length < workers && ready.length > 0) {
      const { key, seconds } = jobs[ready.pop()!];
      active.push({ key, end: now + seconds });
    }
    if (active.length === 0) return now;
    active.sort((a, b) => a.end - b.end);
    const { key, end } = active.shift()!;
    now = end;
    const freed = waiting.get(key);
    if (freed) ready.push(...freed);
    if (freed) ready.sort((a, b) => b - a);
  }
}

/** The default bytes for networks that are trained side by side: half of the free memory. */
export const defaultSharedMemory = (): number => process.availableMemory() / 2;
