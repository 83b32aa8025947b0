import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { Contestant, torchIsThere, type ContestantOptions, type Losses } from './contestant.ts';
import { writeExercise } from './exercise.ts';
import { evaluationFlops, stepFlops } from './flops.ts';
import { best, ratios, spreadOf, type Spread } from './spread.ts';
import type { TorchSetting } from './torch-study.ts';

export interface StepOptions {
  readonly networks: readonly NetworkSpec[];
  readonly blocks: number;
  /** Over which all must agree before anything is timed. */
  readonly stepsToAgree: number;
  /** Of steps in a block of each contestant; evaluation takes half of that, multiply-adds at their peak a fifth. */
  readonly seconds: number;
  readonly onNote: (note: string) => void;
}

/** One engine in one setting. */
interface SettingResult {
  readonly label: string;
  readonly version: string;
  /** Images/s of all processes together. */
  readonly step: Spread;
  readonly evaluation: Spread;
  /** Bytes that each process took at its peak; empty where the system doesn't say. */
  readonly memory: readonly number[];
}

export interface NetworkResult {
  readonly batchSize: number;
  readonly settings: readonly SettingResult[];
  /** Images/s of Transplant's best setting by those of PyTorch's, block by block; null without PyTorch. */
  readonly stepRatioToTorch: Spread | null;
  readonly evaluationRatioToTorch: Spread | null;
  /** Of the multiply-adds per second that the best kernel of any library here came to in the same block (kernels.ts). */
  readonly shareOfPeak: Spread;
  readonly evaluationShareOfPeak: Spread;
  /** The same of PyTorch's best setting. */
  readonly torchShareOfPeak: Spread | null;
  /** In which PyTorch trains fastest. */
  readonly torchSetting: TorchSetting | null;
  /** Floating point operations per second. */
  readonly peak: Spread;
}

/** How far apart two losses may be: float32 in another order of summation. */
const TOLERANCE = 5e-4;
/** Seconds; a shorter time may fall wholly into one in which something else has the cores. */
const SHORTEST_PEAK = 0.2;

/** Times a training step and an evaluation of each network, all contestants block by block in turn. */
export async function benchStep(options: StepOptions): Promise<Record<string, NetworkResult>> {
  const results: Record<string, NetworkResult> = {};
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    for (const spec of options.networks) {
      const exercise = join(folder, `${spec.name}.safetensors`);
      const network = writeExercise(exercise, spec);
      results[spec.name] = await benchNetwork(network, exercise, options);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results;
}

async function benchNetwork(network: Network, exercise: string, options: StepOptions): Promise<NetworkResult> {
  const contestants: Contestant[] = [];
  try {
    const started = await Promise.all(settingsOf(exercise).map((each) => Contestant.start(each, options.onNote)));
    contestants.push(...started.filter((contestant) => contestant !== undefined));
    await checkAgreement(contestants, options.stepsToAgree);
    const blocks = contestants.map((contestant) => new Blocks(contestant));
    for (const each of blocks) await each.measure(options.seconds / 4, false);
    for (let block = 0; block < options.blocks; block++)
      for (const each of blocks) await each.measure(options.seconds, true);
    return summarise(network, blocks);
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.end()));
  }
}

/** One process with all cores, and one with one thread for each core. PyTorch also with channels last. */
function settingsOf(exercise: string): ContestantOptions[] {
  const cores = availableParallelism();
  const processes = cores > 1 ? [1, cores] : [1];
  const torch = torchIsThere();
  return processes.flatMap((processes): ContestantOptions[] => [
    { side: 'onnx', exercise, processes },
    { side: 'tensorflow', exercise, processes },
    ...(torch
      ? [false, true].map((channelsLast) => ({ side: 'torch' as const, exercise, processes, channelsLast }))
      : []),
  ]);
}

/** Throws where two contestants do not compute the same losses: a benchmark of different mathematics is worth nothing. */
export async function checkAgreement(contestants: readonly Contestant[], steps: number): Promise<readonly Losses[]> {
  const all: Losses[] = [];
  for (const contestant of contestants)
    for (const losses of await contestant.losses(steps)) {
      all.push(losses);
      compare(contestants[0].label, all[0], contestant.label, losses);
    }
  return all;
}

/** Throws where one of the losses differs by more than rounding, or is not a number. */
export function compare(first: string, expected: Losses, label: string, found: Losses): void {
  const flat = ({ losses, evaluation }: Losses) => [...losses, evaluation];
  const [a, b] = [flat(expected), flat(found)];
  const wrong = a.findIndex((loss, i) => !(Math.abs(loss - b[i]) <= TOLERANCE * Math.max(1, Math.abs(loss))));
  if (a.length !== b.length || wrong >= 0)
    throw new Error(
      `${label} does not compute what ${first} computes: losses ${b.join(', ')} instead of ${a.join(', ')}. Nothing was timed.`,
    );
}

/** What one contestant came to, block by block. */
class Blocks {
  readonly contestant: Contestant;
  readonly step: number[] = [];
  readonly evaluation: number[] = [];
  readonly multiply: number[] = [];

  constructor(contestant: Contestant) {
    this.contestant = contestant;
  }

  async measure(seconds: number, counts: boolean): Promise<void> {
    const step = await this.contestant.rate('step', seconds);
    const evaluation = await this.contestant.rate('evaluate', seconds / 2);
    // Layouts make no difference to it.
    const multiply = this.contestant.options.channelsLast
      ? 0
      : await this.contestant.rate('multiply', Math.max(SHORTEST_PEAK, seconds / 5));
    if (!counts) return;
    this.step.push(step);
    this.evaluation.push(evaluation);
    this.multiply.push(multiply);
  }
}

function summarise(network: Network, blocks: readonly Blocks[]): NetworkResult {
  const ours = blocks.filter(({ contestant }) => contestant.side !== 'torch');
  const theirs = blocks.filter(({ contestant }) => contestant.side === 'torch');
  const against = (what: 'step' | 'evaluation') => {
    const torch = best(theirs, (each) => each[what]);
    return torch ? ratios(best(ours, (each) => each[what])![what], torch[what]) : null;
  };
  const peak = blocks[0].multiply.map((_, block) => Math.max(...blocks.map(({ multiply }) => multiply[block])));
  const share = (side: readonly Blocks[], what: 'step' | 'evaluation', flops: number) => {
    const fastest = best(side, (each) => each[what]);
    return fastest
      ? ratios(
          fastest[what].map((imagesPerSecond) => imagesPerSecond * flops),
          peak,
        )
      : null;
  };
  return {
    batchSize: network.spec.training.batchSize,
    settings: blocks.map(({ contestant, step, evaluation }) => ({
      label: contestant.label,
      version: contestant.version,
      step: spreadOf(step),
      evaluation: spreadOf(evaluation),
      memory: contestant.memory(),
    })),
    stepRatioToTorch: against('step'),
    evaluationRatioToTorch: against('evaluation'),
    shareOfPeak: share(ours, 'step', stepFlops(network))!,
    evaluationShareOfPeak: share(ours, 'evaluation', evaluationFlops(network))!,
    torchShareOfPeak: share(theirs, 'step', stepFlops(network)),
    torchSetting: torchSettingOf(best(theirs, ({ step }) => step)),
    peak: spreadOf(peak),
  };
}

function torchSettingOf(blocks: Blocks | undefined): TorchSetting | null {
  if (!blocks) return null;
  const { processes, channelsLast = false } = blocks.contestant.options;
  return { processes, channelsLast };
}
