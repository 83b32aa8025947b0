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
import { planStudy, type Plan, type PlannedRun } from '../../src-main/study/plan/plan.ts';
import { trainSourceNetwork } from './source-network.ts';
import { meanOf, ratios, spreadOf, type Mean, type Spread } from './spread.ts';
import type { TimedTorchSetting } from './step.ts';
import { exportStudy, runTorchStudy, type TimedTraining, type TorchStudy } from './torch-study.ts';
import { runTransplantStudy, type TransplantStudy } from './transplant-study.ts';

export interface StudyOptions {
  readonly network: NetworkSpec;
  readonly layers: readonly number[];
  readonly epochs: number;
  /** How often the whole is repeated, each time with another split of the classes. */
  readonly rounds: number;
  /** Whether AnB and AnB+ come from a pretrained file, which is made beforehand, so that only baseB is trained from scratch. */
  readonly source: boolean;
  /** Of which the one is taken that is expected to be done first; empty: no PyTorch here. */
  readonly torch: readonly TimedTorchSetting[];
  readonly onNote: (note: string) => void;
}

export interface StudyResult {
  readonly network: string;
  /** Whether its treatments came from a pretrained file. */
  readonly source: boolean;
  readonly trainings: number;
  readonly epochs: number;
  /** Wall time of the whole command, in seconds. */
  readonly seconds: Spread;
  readonly torchSeconds: Spread | null;
  /** PyTorch's time by Transplant's, round by round: above 1, Transplant is sooner done. */
  readonly ratioToTorch: Spread | null;
  /** PyTorch's version and setting; null without it. */
  readonly torch: string | null;
  /** Seconds of Transplant on all cores by part, of the round in the middle. */
  readonly parts: Readonly<Record<string, number>>;
  /** By treatment, over n and rounds. */
  readonly treatments: readonly TreatmentResult[];
}

export interface TreatmentResult {
  readonly treatment: string;
  readonly trainings: number;
  readonly transplant: SideResult;
  readonly torch: SideResult | null;
}

interface SideResult {
  /** Top-1. */
  readonly accuracy: Mean;
  /** Of training steps with all that they need, of all processes together: what the benchmark of a step says must be seen here. */
  readonly imagesPerSecond: number;
  /** Seconds of one core that a round takes for them. */
  readonly coreSeconds: number;
}

/** The study that is raced, and the file of the network that stands for A in it. */
interface Raced {
  readonly request: RequestedStudy;
  readonly source?: string;
}

interface Round {
  readonly plan: Plan;
  readonly seconds: number;
  readonly ours: TransplantStudy;
  readonly torch?: { readonly seconds: number; readonly setting: TimedTorchSetting; readonly study: TorchStudy };
}

/** The same study by Transplant and by PyTorch in turn, on the built-in images, which are made beforehand. */
export async function benchStudy(options: StudyOptions): Promise<StudyResult> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const home = join(folder, 'home');
    const data = await makeImages(home, requestOf(options, 'dead-leaves', 1));
    const source = options.source
      ? await trainSourceNetwork(home, join(folder, 'source'), requestOf(options, data, 1))
      : undefined;
    const rounds: Round[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      options.onNote(`The study, round ${round} of ${options.rounds}.`);
      const raced = await racedStudy(home, requestOf(options, data, round), source);
      rounds.push(await playRound(folder, home, raced, options.torch));
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

async function racedStudy(home: string, request: RequestedStudy, source: string | undefined): Promise<Raced> {
  if (source === undefined) return { request };
  const application = openApplication({ home });
  const pretrained = await application.keepPretrained(source, requestedNetwork(request));
  application.close();
  return { request: { ...request, treatments: ['transfer', 'transfer+'], pretrained }, source };
}

async function makeImages(home: string, request: RequestedStudy): Promise<string> {
  const application = openApplication({ home });
  const wanted = deadLeavesOf(request, storedSize(requestedNetwork(request)));
  const signal = new AbortController().signal;
  const { id } = await application.makeDeadLeaves(wanted, { signal, onImport: () => {} });
  application.close();
  return id;
}

async function playRound(
  folder: string,
  home: string,
  { request, source }: Raced,
  settings: readonly TimedTorchSetting[],
): Promise<Round> {
  const set = openImageSet(join(home, 'data', request.data));
  const plan = planStudy(protocolOf(request, set.index, home), set.index);
  const exported = join(folder, 'torch');
  exportStudy(exported, set, plan, source);
  set.close();
  const network = join(folder, 'network.json');
  writeFileSync(network, JSON.stringify(request.network));
  const args = ['--data', request.data, '--preset', request.preset, '--network', network];
  args.push('--layers', request.layers!.join(','), '--epochs', String(request.epochs));
  args.push('--split-seed', String(request.splitSeed), '--engine', request.engine!);
  if (source !== undefined) args.push('--pretrained', source, '--treatments', 'AnB,AnB+');
  const [ours, seconds] = await timed(() => runTransplantStudy(home, args));
  const setting = soonestDone(plan, settings);
  if (!setting) return { plan, seconds, ours };
  const [study, torchSeconds] = await timed(() => runTorchStudy(exported, request.splitSeed!, setting));
  return { plan, seconds, ours, torch: { seconds: torchSeconds, setting, study } };
}

/** By its speed in steps and, where it compiles, by the time that takes for each training. */
function soonestDone({ runs }: Plan, settings: readonly TimedTorchSetting[]): TimedTorchSetting | undefined {
  const images = runs.reduce((sum, run) => sum + imagesOf(run), 0);
  const expected = ({ imagesPerSecond, compileSeconds, processes }: TimedTorchSetting) =>
    images / imagesPerSecond + (runs.length * compileSeconds) / processes;
  return settings.toSorted((a, b) => expected(a) - expected(b))[0];
}

/** Images that a training sees, each as often as it does. */
const imagesOf = ({ steps, network }: PlannedRun): number => steps * network.training.batchSize;

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const result = await work();
  return [result, (performance.now() - began) / 1000];
}

function summarise({ network, epochs, source }: StudyOptions, rounds: readonly Round[]): StudyResult {
  const seconds = rounds.map((round) => round.seconds);
  const torchSeconds = rounds.flatMap(({ torch }) => torch?.seconds ?? []);
  const compared = torchSeconds.length > 0;
  const middle = rounds.toSorted((a, b) => a.seconds - b.seconds)[Math.floor((rounds.length - 1) / 2)];
  return {
    network: network.name,
    source,
    trainings: rounds[0].plan.runs.length,
    epochs,
    seconds: spreadOf(seconds),
    torchSeconds: compared ? spreadOf(torchSeconds) : null,
    ratioToTorch: compared ? ratios(torchSeconds, seconds) : null,
    torch: torchText(middle),
    parts: {
      ...middle.ours.parts,
      'command’s start, report': availableParallelism() * (middle.seconds - middle.ours.seconds),
    },
    treatments: treatmentsOf(rounds, compared),
  };
}

function torchText({ torch }: Round): string | null {
  if (!torch) return null;
  const { processes, channelsLast, compiled } = torch.setting;
  const form = `${processes} process${processes > 1 ? 'es' : ''}`;
  return [
    torch.study.version,
    form,
    ...(channelsLast ? ['channels last'] : []),
    ...(compiled ? ['compiled'] : []),
  ].join(', ');
}

function treatmentsOf(rounds: readonly Round[], compared: boolean): TreatmentResult[] {
  const cores = availableParallelism();
  const kinds = [...new Set(rounds[0].plan.runs.map(({ treatment }) => treatment.kind))];
  return kinds.map((kind) => {
    const all = rounds.flatMap((round) =>
      round.plan.runs.filter(({ treatment }) => treatment.kind === kind).map((run) => ({ round, run })),
    );
    const side = (
      processes: (round: Round) => number,
      trainings: (round: Round) => Readonly<Record<string, TimedTraining>>,
    ): SideResult => {
      const timed = all.map(({ round, run }) => ({ round, images: imagesOf(run), ...trainings(round)[run.name] }));
      const sum = (of: (one: (typeof timed)[number]) => number) => timed.reduce((total, one) => total + of(one), 0);
      return {
        accuracy: meanOf(timed.map(({ accuracy }) => accuracy)),
        imagesPerSecond: sum(({ images }) => images) / sum(({ steps, round }) => steps / processes(round)),
        coreSeconds: sum(({ all, round }) => all * (cores / processes(round))) / rounds.length,
      };
    };
    return {
      treatment: kind,
      trainings: all.length,
      transplant: side(
        () => cores,
        ({ ours }) => ours.trainings,
      ),
      torch: compared
        ? side(
            ({ torch }) => torch!.setting.processes,
            ({ torch }) => torch!.study.trainings,
          )
        : null,
    };
  });
}
