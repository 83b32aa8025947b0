import { availableParallelism } from 'node:os';
import { counted, duration } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import { PRESETS } from '../../study/plan/presets.ts';
import { layerList } from '../../study/statements/wording.ts';
import type { Home } from '../opened-home.ts';
import { usualWork } from '../settings.ts';
import { estimateStudy, type Estimate, type EstimateOptions } from './estimate.ts';
import { measureFor } from './measurement.ts';
import { planRequest } from './plan-request.ts';
import type { RequestedStudy } from './request.ts';

interface BudgetOptions {
  /** Seconds that the study may take. */
  readonly seconds: number;
  readonly workers?: number;
  readonly sharedMemory?: number;
  readonly signal?: AbortSignal;
}

type Speed = Pick<EstimateOptions, 'measurement' | 'workers' | 'sharedMemory'>;

interface Fitted {
  /** The request with its layers, seeds and epochs chosen. */
  readonly request: RequestedStudy & Choice;
  readonly estimate: Estimate;
  /** What was chosen, and what it is expected to take. */
  readonly sentence: string;
}

/** Estimates are right within some tenths; a study that is not done in time is worth less than a smaller one. */
const SAFE = 0.85;
/** Replicates that give intervals over seeds, if there is time for them; as many as the preset has, where that is more. */
const SEEDS = 3;
/** Parts of the epochs that are tried, and numbers of cuts. */
const PARTS = [1, 1 / 2, 1 / 4, 1 / 8];
const CUTS = [5, 4, 3, 2];
/** What halving each of them costs: too few epochs make other curves, fewer cuts and seeds only wider gaps. */
const COST = { epochs: 1, cuts: 0.7, seeds: 0.8 };

/**
 * The largest study that fits into a time on this machine, by a short measurement of its network: cuts, seeds and epochs that
 * the request leaves open are chosen, the others stay. Throws a UserError where not even the smallest fits, and Cancelled.
 */
export async function fitToBudget(home: Home, request: RequestedStudy, options: BudgetOptions): Promise<Fitted> {
  const usual = usualWork(home.store);
  const { workers = usual.workers, sharedMemory = usual.sharedMemory, seconds, signal } = options;
  const { protocol, plan } = planRequest(home, request);
  const cores = availableParallelism();
  const classes = plan.replicates[0].split.b.length;
  const { network, engine } = protocol;
  const measurement = await measureFor(
    { network, classes, engine, home: home.home, workers, cores, careful: true },
    signal,
  );
  return largestWithin(seconds, home, request, { measurement, workers, sharedMemory });
}

/** The same by a given measurement: equal ones give the same choice. */
export function largestWithin(seconds: number, home: Home, request: RequestedStudy, speed: Speed): Fitted {
  const { layers: offered, network } = planRequest(home, request).protocol;
  const { epochs: all } = network.training;
  let least: Fitted | undefined;
  for (const choice of choicesOf(request, offered, all)) {
    const chosen = { ...request, ...choice };
    const estimate = estimateOf(home, chosen, speed);
    const epochs = `${choice.epochs}${choice.epochs < all ? ` of ${all}` : ''} epochs`;
    const parts = [layerList(choice.layers, resolveNetwork(network, 2).cuts), counted(choice.seeds, 'seed'), epochs];
    const sentence = `Chosen for ${duration(seconds)}: ${parts.join(', ')}; ${counted(estimate.trainings, 'training')}, about ${duration(estimate.seconds, { rough: true })}.`;
    const fitted = { request: chosen, estimate, sentence };
    if (estimate.seconds <= SAFE * seconds) return fitted;
    if (!least || estimate.seconds < least.estimate.seconds) least = fitted;
  }
  // Nothing leaves room to spare, but the smallest may still be just in time.
  if (least && least.estimate.seconds <= seconds) return least;
  throw new UserError(
    `Even the smallest study would take about ${duration(least?.estimate.seconds ?? 0, { rough: true })}, but the budget is ${duration(seconds)}: allow more, or choose fewer treatments, fewer images of each class or a smaller input.`,
    { usage: true },
  );
}

interface Choice {
  readonly layers: readonly number[];
  readonly seeds: number;
  readonly epochs: number;
}

/** All choices, those that lose least first. */
function choicesOf(request: RequestedStudy, offered: readonly number[], most: number): Choice[] {
  const replicates = Math.max(SEEDS, PRESETS[request.preset].seeds);
  const seeds =
    request.seeds === undefined ? Array.from({ length: replicates }, (_, less) => replicates - less) : [request.seeds];
  const epochs = request.epochs === undefined ? [...new Set(PARTS.map((part) => atLeastOne(most, part)))] : [most];
  const counts = request.layers ? [] : CUTS.filter((count) => count < offered.length);
  const layers = [offered, ...counts.map((count) => spread(offered, count))];
  const loss = (choice: Choice) =>
    COST.epochs * Math.log2(most / choice.epochs) +
    COST.cuts * Math.log2(offered.length / choice.layers.length) +
    COST.seeds * Math.log2(seeds[0] / choice.seeds);
  return epochs
    .flatMap((e) => layers.flatMap((l) => seeds.map((s) => ({ layers: l, seeds: s, epochs: e }))))
    .sort((one, other) => loss(one) - loss(other));
}

const atLeastOne = (epochs: number, part: number): number => Math.min(epochs, Math.max(1, Math.round(part * epochs)));

/** So many of the layers at even distances, the last among them: the first ones are general in any case. */
const spread = (layers: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, place) => layers[Math.round(((place + 1) * layers.length) / count) - 1]);

function estimateOf(home: Home, request: RequestedStudy, speed: Speed): Estimate {
  const { protocol, plan, data } = planRequest(home, request);
  const stored = (key: string) => home.store.findRun(key)?.status === 'finished';
  const replicates = protocol.replicates.length;
  return estimateStudy({ ...speed, plan, replicates, data, source: protocol.sourceSet, stored });
}
