import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { chosenLayers } from '../../src-main/cli/terminal/chosen-layers.ts';
import { parseLayers } from '../../src-main/cli/terminal/parse.ts';
import { messageOf } from '../../src-main/errors.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { isChain } from '../../src-main/engine/onnx/layouts.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { about, comparisonTable, obstacle, readRun, storeRun, type StoredRun } from './compare.ts';
import type { CardStep } from './card.ts';
import { python, torchIsThere } from './contestant.ts';
import type { DataResult } from './data.ts';
import { efficientnetLite0 } from './efficientnet.ts';
import type { StartResult } from './start.ts';
import { stepTable } from './step-table.ts';
import { benchStep, type NetworkResult, type TimedTorchSetting } from './step.ts';
import { studyTable } from './study-table.ts';
import { benchStudy, type StudyResult } from './study.ts';

/**
 * `npm run bench`: how fast Transplant is, against PyTorch where that is installed (TRANSPLANT_BENCH_PYTHON names the
 * Python to look in; absent: /usr/bin/python3). Without a name, step and study are run.
 *
 *     npm run bench -- step      one training step and one evaluation of each network (step.ts)
 *     npm run bench -- study     a whole study (study.ts)
 *     npm run bench -- data      images and checkpoints of large sets and networks (data.ts)
 *     npm run bench -- start     what there is to wait for before anything is trained (start.ts)
 *     npm run bench -- card      where a graphics card computes a step, and what crosses to it (card.ts)
 *     npm run bench -- window    the window while every core trains (window.ts)
 *
 *     npm run bench -- compare FILE [LATER]   runs what a stored run was asked, and holds it (or a later stored one) against
 *                                             that; both of the same machine (compare.ts)
 *
 *     --quick             fewer and shorter, some minutes on two cores; PyTorch is not compiled
 *     --json              one JSON object instead of tables
 *     --out FILE          stores the run for compare, anew after each network
 *     --networks a,b      these instead of those for small images; the study is of the first
 *     --blocks n          how often each setting is timed
 *     --layers list       of the study, such as 1-3,7: instead of 1 to 7
 *     --epochs n          of the study's trainings
 *     --rounds n          how often the study is repeated
 *     --source            the study's AnB and AnB+ come from a pretrained file, which is made beforehand; baseB from scratch
 *     --busy n            for the window: so many other programs keep the cores busy as well
 *
 * Without --quick the steps take more than an hour, the study close to one as well: three rounds of both sides in turn.
 * Nothing else should run meanwhile; spreads tell whether something did. A network that can't be measured is named in a
 * sentence (JSON: `failed`), the others are measured all the same, and the exit code is 1.
 */
const noted = new Set<string>();
const PARTS = ['step', 'study', 'data', 'start', 'card', 'window'];
/** Those that --networks can name. */
const NETWORKS: ReadonlyMap<string, NetworkSpec> = new Map([
  ...BUILT_IN_NETWORKS,
  ...[efficientnetLite0, tinyNetwork].map((spec) => [spec.name, spec] as const),
]);
const USUAL = `alexnet-32-small,alexnet-32,alexnet-64,resnet-32,resnet-64,mobilenet-32,convnext-64,vit-32,${efficientnetLite0.name}`;

const QUICK = {
  step: { blocks: 2, seconds: 0.2, stepsToAgree: 2, compiled: false },
  study: { layers: [4], epochs: 1, rounds: 1 },
};
const FULL = {
  step: { blocks: 9, seconds: 1, stepsToAgree: 6, compiled: true },
  study: { layers: [1, 2, 3, 4, 5, 6, 7], epochs: 12, rounds: 3 },
};
/** For the tests of the benchmark itself, with --networks tiny. */
const TINY = {
  step: { blocks: 1, seconds: 0.01, stepsToAgree: 6, compiled: false },
  study: { layers: [1], epochs: 1, rounds: 1 },
};

const [command, storedFile, laterFile] = process.argv.slice(2);
const earlier = command === 'compare' ? runIn(storedFile) : undefined;
const later = earlier && laterFile !== undefined ? runIn(laterFile) : undefined;
const asked = earlier?.asked ?? process.argv.slice(2);
const { values: options, positionals } = parseArgs({
  args: [...asked],
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    networks: { type: 'string', default: USUAL },
    blocks: { type: 'string' },
    layers: { type: 'string' },
    epochs: { type: 'string' },
    rounds: { type: 'string' },
    source: { type: 'boolean', default: false },
    busy: { type: 'string', default: '0' },
  },
});
/** What was asked for, and no more. */
const result: {
  data?: DataResult;
  start?: StartResult;
  networks?: Record<string, NetworkResult>;
  study?: StudyResult;
  card?: Record<string, CardStep>;
  /** A sentence for each network that could not be measured. */
  failed?: string[];
} = {};
const unknown = positionals.find((part) => !PARTS.includes(part));
if (unknown !== undefined) fail(`There is no part "${unknown}"; parts are ${PARTS.join(', ')}.`);
const wanted = (part: string) =>
  positionals.length > 0 ? positionals.includes(part) : ['step', 'study'].includes(part);

const run = about(asked);
const json = options.json && !earlier;
if (earlier) {
  const problem = obstacle(earlier, later ?? run);
  if (problem !== undefined) fail(problem);
}
if (!later) await measure();
if (earlier) console.log(comparisonTable(earlier, later ?? { ...run, ...result }));

async function measure(): Promise<void> {
  if (wanted('window')) {
    if (json) fail('The part window has no JSON; leave --json out.');
    const { benchWindow } = await import('./window.ts');
    await benchWindow(Number(options.busy));
  }
  if (wanted('data')) {
    const { benchData, dataTable } = await import('./data.ts');
    result.data = benchData(options);
    print(dataTable(result.data));
  }
  if (wanted('start')) {
    const { benchStart, startTable } = await import('./start.ts');
    result.start = await benchStart(options);
    print(startTable(result.start));
  }
  if (wanted('card')) await placeSteps();
  if (wanted('step') || wanted('study')) await race();
  store();
  if (json) console.log(JSON.stringify({ ...run, ...result }));
}

/** As far as it is done. */
function store(): void {
  if (!earlier && options.out !== undefined) storeRun(options.out, { ...run, ...result });
}

/** Transplant and PyTorch in turn. */
async function race(): Promise<void> {
  const networks = namedNetworks();
  const size = networks[0] === tinyNetwork ? TINY : options.quick ? QUICK : FULL;
  const torch = torchIsThere();
  if (!torch)
    note(`PyTorch was not found by ${python()}: no comparison. TRANSPLANT_BENCH_PYTHON names another Python.`);
  print(`${cpus()[0].model}, ${availableParallelism()} cores`);

  if (wanted('step')) {
    const { blocks } = options;
    const step = { ...size.step, ...(blocks !== undefined && { blocks: count('blocks', blocks) }) };
    for (const network of networks) await raceSteps(network, step);
  }
  if (!wanted('study')) return;
  const [network] = networks;
  if (options.source && !isChain(resolveNetwork(network, 2)))
    fail(`--source is for networks that take layers from a file: chains with biases, not ${network.name}.`);
  const { epochs = size.study.epochs, rounds = size.study.rounds } = options;
  result.study = await benchStudy({
    network,
    layers:
      options.layers === undefined
        ? size.study.layers
        : chosenLayers(parseLayers(options.layers), resolveNetwork(network, 2)),
    epochs: Number(epochs),
    rounds: Number(rounds),
    source: options.source,
    torch: torch ? await torchSettings(network) : [],
    onNote: note,
  });
  print(studyTable(result.study));
}

async function raceSteps(network: NetworkSpec, step: typeof FULL.step): Promise<void> {
  await orSaid(network, 'be timed', async () => {
    const timed = await benchStep({ network, ...step, onNote: note });
    result.networks = { ...result.networks, [network.name]: timed };
    print(stepTable(network.name, timed));
  });
}

/** Steps on a graphics card. */
async function placeSteps(): Promise<void> {
  const networks = namedNetworks();
  const { benchCard, cardTable, findCard } = await import('./card.ts');
  const card = await findCard().catch((error: unknown) => fail(messageOf(error)));
  for (const network of networks)
    await orSaid(network, 'take a step on the graphics card', () => {
      result.card = { ...result.card, [network.name]: benchCard(network, card) };
    });
  if (result.card) print(cardTable(result.card));
}

/** Does something with a network, and stores the run; a failure costs that network alone. */
async function orSaid({ name }: NetworkSpec, what: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const sentence = `The network "${name}" could not ${what}: ${messageOf(error).replace(/\.$/, '')}.`;
    result.failed = [...(result.failed ?? []), sentence];
    console.error(sentence);
    process.exitCode = 1;
  }
  store();
}

/** PyTorch's settings with their speed, as far as it is measured already; none where it does not compute the same. */
async function torchSettings(network: NetworkSpec): Promise<readonly TimedTorchSetting[]> {
  if (!wanted('step')) return (await benchStep({ network, ...QUICK.step, onNote: note })).torchSettings;
  return result.networks?.[network.name]?.torchSettings ?? [];
}

function runIn(file: string | undefined): StoredRun {
  if (file === undefined) fail('Name the file of a stored run: npm run bench -- compare FILE [LATER].');
  const stored = readRun(file);
  return typeof stored === 'string' ? fail(stored) : stored;
}

function namedNetworks(): NetworkSpec[] {
  return options.networks.split(',').map(networkNamed);
}

function networkNamed(name: string): NetworkSpec {
  return NETWORKS.get(name) ?? fail(`There is no network "${name}"; there are ${[...NETWORKS.keys()].join(', ')}.`);
}

function count(option: string, text: string): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0
    ? number
    : fail(`--${option} takes a whole number above 0, not "${text}".`);
}

function print(table: string): void {
  if (!json) console.log(`${table}\n`);
}

function note(text: string): void {
  if (!noted.has(text)) console.error(text);
  noted.add(text);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
