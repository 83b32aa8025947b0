import { availableParallelism } from 'node:os';
import { byteSize, count, counted, duration, percent } from '../../common/numbers.ts';
import { spreadWords } from '../../common/spread-words.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { planStudy } from '../../study/plan/plan.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import type { Home } from '../opened-home.ts';
import { readIndex } from '../stored/study.ts';
import { usualWork } from '../settings.ts';
import { estimateStudy } from './estimate.ts';
import { measureFor } from './measurement.ts';
import { expectedResolution } from './resolution.ts';

/** What a study will take, before it begins. */
export interface Announcement {
  /** `79 trainings, about 2 h 10 min, 1.2 GB of disk, 800 MB of memory.`, what it would find, and what may go wrong. */
  readonly sentences: readonly string[];
  readonly seconds: number;
}

interface AnnounceOptions {
  readonly workers?: number;
  readonly sharedMemory?: number;
  readonly signal?: AbortSignal;
}

/** Floating point operations from which on a measurement of up to three seconds is worth its time. A smoke study has 1.4e12. */
const WORTH_MEASURING = 2e12;
/** The highest rate at which a network of Gaussian weights on unscaled pixels learns few classes without exploding. */
const FEW_CLASSES = 100;
const HIGH_RATE = 0.005;

/**
 * What the trainings of a protocol will take on this machine, by a short measurement of its network; undefined for a study
 * that is shorter than it would be worth to measure, unless there is a warning. Throws Cancelled, and a UserError where the engine fails.
 */
export async function announce(
  { home, store }: Pick<Home, 'home' | 'store'>,
  protocol: Protocol,
  index: ReturnType<typeof readIndex>,
  options: AnnounceOptions,
): Promise<Announcement | undefined> {
  const usual = usualWork(store);
  const { workers = usual.workers, sharedMemory = usual.sharedMemory, signal } = options;
  const plan = planStudy(protocol, index);
  const stored = (key: string) => store.findRun(key)?.status === 'finished';
  const { network, engine } = protocol;
  const classes = plan.replicates[0].split.b.length;
  const flops = resolveNetwork(network, classes).layers.reduce((sum, layer) => sum + layer.flops, 0);
  const left = plan.runs.filter(({ key }) => !stored(key));
  // A step of training is about three times a pass forwards.
  const operations = left.reduce((sum, run) => sum + 3 * flops * run.steps * network.training.batchSize, 0);
  const warnings = explosion(network, classes);
  if (operations < WORTH_MEASURING) return warnings.length > 0 ? { sentences: warnings, seconds: 0 } : undefined;
  const measurement = await measureFor(
    { network, classes, engine, home, workers, cores: availableParallelism() },
    signal,
  );
  const estimate = estimateStudy({ plan, data: index, stored, measurement, workers, sharedMemory });
  const known = estimate.reused > 0 ? ` (${count(estimate.reused)} more are trained already)` : '';
  const taken = [
    `${counted(estimate.trainings, 'training')}${known}`,
    `about ${duration(estimate.seconds, { rough: true })}`,
    `${byteSize(estimate.disk)} of disk`,
    `${byteSize(estimate.memory)} of memory`,
  ];
  const { boost, spreadOf } = expectedResolution(store, plan, index, protocol);
  const finds =
    boost === null
      ? []
      : [
          `A boost as large as the paper’s would be found in about ${percent(boost, 0)} of such studies (${spreadWords(spreadOf)}).`,
        ];
  return { sentences: [`${taken.join(', ')}.`, ...finds, ...warnings], seconds: estimate.seconds };
}

/** The paper's network is made for a thousand classes: with few, its rate is too high, in other programs as well. */
export function explosion({ training }: NetworkSpec, classes: number): string[] {
  const { inputScale, learningRate, optimiser, warmUp } = training;
  if (optimiser !== undefined || inputScale < 1 || warmUp > 0) return [];
  if (classes >= FEW_CLASSES || learningRate <= HIGH_RATE) return [];
  return [
    `With ${counted(classes, 'class', 'classes')} on unscaled pixels a learning rate of ${learningRate} may make trainings explode (their loss is then not a number): use a network file with a rate of ${learningRate / 10}.`,
  ];
}
