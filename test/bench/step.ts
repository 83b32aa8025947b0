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
  readonly network: NetworkSpec;
  readonly blocks: number;
  /** Over which all must agree before anything is timed. */
  readonly stepsToAgree: number;
  /** Of steps in a block of each contestant; evaluation takes half of that, multiply-adds at their peak a fifth. */
  readonly seconds: number;
  /** Whether PyTorch is timed compiled as well, which takes a minute for each network. */
  readonly compiled: boolean;
  readonly onNote: (note: string) => void;
}

/** One engine in one setting. */
interface SettingResult {
  readonly label: string;
  readonly version: string;
  /** Seconds that torch.compile took; null where nothing was compiled by it. */
  readonly compileSeconds: number | null;
  /** Images/s of all processes together. */
  readonly step: Spread;
  readonly evaluation: Spread;
  /** Bytes that each process took at its peak; empty where the system doesn't say. */
  readonly memory: readonly number[];
}

export interface NetworkResult {
  readonly batchSize: number;
  readonly settings: readonly SettingResult[];
  /** Images/s of Transplant's best setting by those of PyTorch's in float32, block by block; null without PyTorch. */
  readonly stepRatioToTorch: Spread | null;
  readonly evaluationRatioToTorch: Spread | null;
  /** The same by those of PyTorch's in bfloat16; null where the processor has no instructions for it. */
  readonly stepRatioToBfloat16: Spread | null;
  readonly evaluationRatioToBfloat16: Spread | null;
  /** Of the multiply-adds per second that the best kernel of any library here came to in the same block (kernels.ts). */
  readonly shareOfPeak: Spread;
  readonly evaluationShareOfPeak: Spread;
  /** The same of PyTorch's best setting in float32. */
  readonly torchShareOfPeak: Spread | null;
  /** The settings of PyTorch in float32. */
  readonly torchSettings: readonly TimedTorchSetting[];
  /** Floating point operations per second. */
  readonly peak: Spread;
}

/** A setting of PyTorch with what decides which is the soonest done with a study. */
export interface TimedTorchSetting extends TorchSetting {
  readonly imagesPerSecond: number;
  readonly compileSeconds: number;
}

/** How far apart two losses may be: float32 in another order of summation, and bfloat16 with its eight bits. */
const TOLERANCE = 5e-4;
const BFLOAT16_TOLERANCE = 0.1;
/** Seconds; a shorter time may fall wholly into one in which something else has the cores. */
const SHORTEST_PEAK = 0.2;

/** Times a training step and an evaluation of a network, all contestants block by block in turn. */
export async function benchStep(options: StepOptions): Promise<NetworkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  const contestants: Contestant[] = [];
  try {
    const exercise = join(folder, `${options.network.name}.safetensors`);
    const network = writeExercise(exercise, options.network);
    const settings = settingsOf(exercise, options.compiled);
    const start = (some: readonly ContestantOptions[]) =>
      Promise.allSettled(some.map((each) => Contestant.start(each, options.onNote)));
    const starts = await start(settings.filter(({ compiled }) => !compiled));
    // How long it takes to compile is told as well, and decides what PyTorch takes for a study: one at a time.
    for (const each of settings.filter(({ compiled }) => compiled)) starts.push(...(await start([each])));
    for (const { value } of starts.filter((start) => start.status === 'fulfilled')) if (value) contestants.push(value);
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed) throw failed.reason;
    await checkAgreement(contestants, options.stepsToAgree);
    const blocks = contestants.map((contestant) => new Blocks(contestant));
    for (const each of blocks) await each.measure(options.seconds / 4, false);
    for (let block = 0; block < options.blocks; block++)
      for (const each of blocks) await each.measure(options.seconds, true);
    return summarise(network, blocks);
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.end()));
    rmSync(folder, { recursive: true });
  }
}

/**
 * One process with all cores, and one with one thread for each core. PyTorch also with channels last; compiled and in bfloat16
 * with one process for each core only, which is what it is fastest in.
 */
function settingsOf(exercise: string, compiled: boolean): ContestantOptions[] {
  const cores = availableParallelism();
  const forms = [{}, { bfloat16: true }, ...(compiled ? [{ compiled: true }, { compiled: true, bfloat16: true }] : [])];
  const torch = (processes: number, form: Partial<ContestantOptions>) =>
    [false, true].map((channelsLast) => ({ side: 'torch' as const, exercise, processes, channelsLast, ...form }));
  const all = [...new Set([1, cores])].flatMap((processes): ContestantOptions[] => [
    { side: 'onnx', exercise, processes },
    { side: 'tensorflow', exercise, processes },
    ...(processes === cores ? forms : [{}]).flatMap((form) => torch(processes, form)),
  ]);
  return torchIsThere() ? all : all.filter(({ side }) => side !== 'torch');
}

/** Throws where two contestants do not compute the same losses: a benchmark of different mathematics is worth nothing. */
export async function checkAgreement(contestants: readonly Contestant[], steps: number): Promise<readonly Losses[]> {
  const all: Losses[] = [];
  for (const contestant of contestants)
    for (const losses of await contestant.losses(steps)) {
      all.push(losses);
      const tolerance = contestant.options.bfloat16 ? BFLOAT16_TOLERANCE : TOLERANCE;
      compare(contestants[0].label, all[0], contestant.label, losses, tolerance);
    }
  return all;
}

/** Throws where one of the losses differs by more than rounding, or is not a number. */
export function compare(first: string, expected: Losses, label: string, found: Losses, tolerance = TOLERANCE): void {
  const flat = ({ losses, evaluation }: Losses) => [...losses, evaluation];
  const [a, b] = [flat(expected), flat(found)];
  const wrong = a.findIndex((loss, i) => !(Math.abs(loss - b[i]) <= tolerance * Math.max(1, Math.abs(loss))));
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
    // The form of a network makes no difference to it.
    const { channelsLast, compiled, bfloat16 } = this.contestant.options;
    const multiply = [channelsLast, compiled, bfloat16].includes(true)
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
  const isTheirs = ({ contestant }: Blocks) => contestant.side === 'torch';
  const theirs = blocks.filter((each) => isTheirs(each) && !each.contestant.options.bfloat16);
  const inBfloat16 = blocks.filter((each) => isTheirs(each) && each.contestant.options.bfloat16);
  const against = (them: readonly Blocks[], what: 'step' | 'evaluation') => {
    const torch = best(them, (each) => each[what]);
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
      compileSeconds: contestant.compileSeconds,
      step: spreadOf(step),
      evaluation: spreadOf(evaluation),
      memory: contestant.memory(),
    })),
    stepRatioToTorch: against(theirs, 'step'),
    evaluationRatioToTorch: against(theirs, 'evaluation'),
    stepRatioToBfloat16: against(inBfloat16, 'step'),
    evaluationRatioToBfloat16: against(inBfloat16, 'evaluation'),
    shareOfPeak: share(ours, 'step', stepFlops(network))!,
    evaluationShareOfPeak: share(ours, 'evaluation', evaluationFlops(network))!,
    torchShareOfPeak: share(theirs, 'step', stepFlops(network)),
    torchSettings: theirs.map(torchSettingOf),
    peak: spreadOf(peak),
  };
}

function torchSettingOf({ contestant, step }: Blocks): TimedTorchSetting {
  const { processes, channelsLast = false, compiled = false } = contestant.options;
  const compileSeconds = contestant.compileSeconds ?? 0;
  return { processes, channelsLast, compiled, imagesPerSecond: spreadOf(step).median, compileSeconds };
}
