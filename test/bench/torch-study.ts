import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ImageSet } from '../../src-main/data/image-set.ts';
import { selectImages } from '../../src-main/data/selection.ts';
import { isChain } from '../../src-main/engine/onnx/layouts.ts';
import { CHANNELS, learns, resolveNetwork } from '../../src-main/network/network.ts';
import type { Plan } from '../../src-main/study/plan/plan.ts';
import type { Half } from '../../src-main/common/treatments/treatments.ts';
import { python } from './contestant.ts';

/** How PyTorch is run. */
export interface TorchSetting {
  readonly processes: number;
  readonly channelsLast: boolean;
  readonly compiled: boolean;
}

export interface TorchStudy {
  readonly version: string;
  /** By name. */
  readonly trainings: Readonly<Record<string, TimedTraining>>;
}

export interface TimedTraining {
  /** Top-1 on the held-out images, 0..1. */
  readonly accuracy: number;
  /** Seconds of one process: of the steps with all that they need, and of the whole training. */
  readonly steps: number;
  readonly all: number;
}

/**
 * Writes for torch_study.py what a study of one replicate trains on, the same images and splits: `images.bin`, uint8
 * [N, 3, size, size], all images of the set; `study.json`, the network and whether it is a graph, its parameters by name, for
 * each half the numbers and labels of its images, and all trainings; `pretrained.safetensors`, where treatments are from that.
 */
export function exportStudy(folder: string, set: ImageSet, plan: Plan, pretrained?: string): void {
  mkdirSync(folder, { recursive: true });
  const { size, count } = set.index;
  const pixels = new Uint8Array(count * CHANNELS * size * size);
  for (let image = 0; image < count; image++) set.read(image, pixels, image * CHANNELS * size * size);
  writeFileSync(join(folder, 'images.bin'), pixels);
  const [{ identity, network }] = plan.runs;
  const runs = plan.runs.map(({ key, name, treatment, steps, identity: { n, frozen, source, ...from } }) => ({
    key,
    name,
    target: treatment.target,
    n,
    frozen,
    steps,
    source: plan.runs.find((run) => run.key === source)?.name ?? (from.pretrained ? 'pretrained' : null),
    statistics: from.randomStatistics !== undefined,
  }));
  const resolved = resolveNetwork(network, identity.classes.length);
  const parameters = Object.fromEntries(
    resolved.parameters.map((parameter) => {
      const { name, n, initial, multipliers } = parameter;
      const ofRate = [multipliers.learningRate, multipliers.decay];
      return [name, { n, initial, multipliers: ofRate, learns: learns(parameter, 0) }];
    }),
  );
  const half = (target: Half) => {
    const classes = target === 'A' ? plan.replicates[0].split.a : plan.replicates[0].split.b;
    const imagesPerClass = identity.imagesPerClass ?? undefined;
    const selection = selectImages(set, classes, { imagesPerClass, seed: identity.trainingSeed });
    const numbers = Object.entries(selection).map(([part, values]) => [part, [...(values as Int32Array)]]);
    return { classes: classes.length, ...Object.fromEntries(numbers) };
  };
  const halves = { A: half('A'), B: half('B') };
  writeFileSync(
    join(folder, 'study.json'),
    JSON.stringify({ size, network, graph: !isChain(resolved), parameters, halves, runs }),
  );
  if (pretrained !== undefined) copyFileSync(pretrained, join(folder, 'pretrained.safetensors'));
}

/** Resolves when all of an exported study is trained. */
export async function runTorchStudy(folder: string, seed: number, setting: TorchSetting): Promise<TorchStudy> {
  const { processes, channelsLast, compiled } = setting;
  const threads = Math.max(1, Math.floor(availableParallelism() / processes));
  const args = [join(import.meta.dirname, 'torch_study.py'), folder, ...[processes, threads, seed].map(String)];
  args.push(...(channelsLast ? ['channels-last'] : []), ...(compiled ? ['compiled'] : []));
  const child = spawn(python(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const output: string[] = [];
  child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`torch_study.py ended with code ${String(code)}`);
  return JSON.parse(output.join('')) as TorchStudy;
}
