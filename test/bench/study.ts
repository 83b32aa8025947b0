import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApplication } from '../../src-main/app/open.ts';
import {
  deadLeavesOf,
  protocolOf,
  requestedNetwork,
  type RequestedStudy,
} from '../../src-main/app/planning/request.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { storedSize } from '../../src-main/app/planning/network-for.ts';
import { planStudy, type Plan } from '../../src-main/study/plan/plan.ts';
import { meanOf, ratios, spreadOf, type Mean, type Spread } from './spread.ts';
import { exportStudy, runTorchStudy, type TorchSetting, type TorchStudy } from './torch-study.ts';
import { runTransplantStudy, type TransplantStudy } from './transplant-study.ts';

export interface StudyOptions {
  readonly network: NetworkSpec;
  readonly layers: readonly number[];
  readonly epochs: number;
  /** How often the whole is repeated, each time with another split of the classes. */
  readonly rounds: number;
  /** Absent: no PyTorch here. */
  readonly torch?: TorchSetting;
  readonly onNote: (note: string) => void;
}

export interface StudyResult {
  readonly network: string;
  readonly trainings: number;
  readonly epochs: number;
  /** Wall time of the whole command, in seconds. */
  readonly seconds: Spread;
  readonly torchSeconds: Spread | null;
  /** PyTorch's time by Transplant's, round by round: above 1, Transplant is sooner done. */
  readonly ratioToTorch: Spread | null;
  /** Seconds of Transplant by part, summed over trainings, of the round in the middle. */
  readonly parts: Readonly<Record<string, number>>;
  /** Top-1 over n and rounds, by treatment. */
  readonly accuracies: readonly Accuracy[];
}

interface Accuracy {
  readonly treatment: string;
  readonly trainings: number;
  readonly transplant: Mean;
  readonly torch: Mean | null;
}

interface Round {
  readonly plan: Plan;
  readonly seconds: number;
  readonly ours: TransplantStudy;
  readonly torchSeconds?: number;
  readonly theirs?: TorchStudy;
}

/** The same study by Transplant and by PyTorch in turn, on the built-in images, which are made beforehand. */
export async function benchStudy(options: StudyOptions): Promise<StudyResult> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const home = join(folder, 'home');
    const data = await makeImages(home, requestOf(options, 'dead-leaves', 1));
    const rounds: Round[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      options.onNote(`The study, round ${round} of ${options.rounds}.`);
      rounds.push(await playRound(folder, home, requestOf(options, data, round), options.torch));
    }
    return summarise(options, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Round k draws the k-th split: nothing can be taken from the rounds before. */
function requestOf({ network, layers, epochs }: StudyOptions, data: string, round: number): RequestedStudy {
  return { preset: 'quick', data, network, layers, epochs, splitSeed: round, engine: 'onnx' };
}

async function makeImages(home: string, request: RequestedStudy): Promise<string> {
  const application = openApplication({ home });
  const wanted = deadLeavesOf(request, storedSize(requestedNetwork(request)));
  const signal = new AbortController().signal;
  const { id } = await application.makeDeadLeaves(wanted, { signal, onImport: () => {} });
  application.close();
  return id;
}

async function playRound(folder: string, home: string, request: RequestedStudy, torch?: TorchSetting): Promise<Round> {
  const set = openImageSet(join(home, 'data', request.data));
  const plan = planStudy(protocolOf(request, set.index, home), set.index);
  const exported = join(folder, 'torch');
  exportStudy(exported, set, plan);
  set.close();
  const network = join(folder, 'network.json');
  writeFileSync(network, JSON.stringify(request.network));
  const args = ['--data', request.data, '--preset', request.preset, '--network', network];
  args.push('--layers', request.layers!.join(','), '--epochs', String(request.epochs));
  args.push('--split-seed', String(request.splitSeed), '--engine', request.engine!);
  const [ours, seconds] = await timed(() => runTransplantStudy(home, args));
  if (!torch) return { plan, seconds, ours };
  const [theirs, torchSeconds] = await timed(() => runTorchStudy(exported, request.splitSeed!, torch));
  return { plan, seconds, ours, torchSeconds, theirs };
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const result = await work();
  return [result, (performance.now() - began) / 1000];
}

function summarise({ network, epochs }: StudyOptions, rounds: readonly Round[]): StudyResult {
  const seconds = rounds.map((round) => round.seconds);
  const torchSeconds = rounds.flatMap((round) => round.torchSeconds ?? []);
  const compared = torchSeconds.length > 0;
  const middle = rounds.toSorted((a, b) => a.seconds - b.seconds)[Math.floor((rounds.length - 1) / 2)];
  return {
    network: network.name,
    trainings: rounds[0].plan.runs.length,
    epochs,
    seconds: spreadOf(seconds),
    torchSeconds: compared ? spreadOf(torchSeconds) : null,
    ratioToTorch: compared ? ratios(torchSeconds, seconds) : null,
    parts: partsOf(middle),
    accuracies: accuraciesOf(rounds, compared),
  };
}

/** What of all cores' time the trainings do not say is theirs: cores that had none left to do, start and report. */
function partsOf({ seconds, ours }: Round): Record<string, number> {
  const cores = availableParallelism();
  const known = Object.values(ours.parts).reduce((sum, part) => sum + part, 0);
  const idle = Math.max(0, cores * ours.trainings - known);
  return { ...ours.parts, idle, 'start and report': cores * (seconds - ours.trainings) };
}

function accuraciesOf(rounds: readonly Round[], compared: boolean): Accuracy[] {
  const kinds = [...new Set(rounds[0].plan.runs.map(({ treatment }) => treatment.kind))];
  return kinds.map((kind) => {
    const all = (accuracies: (round: Round) => Readonly<Record<string, number>>) =>
      rounds.flatMap((round) =>
        round.plan.runs.filter(({ treatment }) => treatment.kind === kind).map(({ name }) => accuracies(round)[name]),
      );
    const ours = all(({ ours }) => ours.accuracies);
    return {
      treatment: kind,
      trainings: ours.length,
      transplant: meanOf(ours),
      torch: compared ? meanOf(all(({ theirs }) => theirs!.accuracies)) : null,
    };
  });
}
