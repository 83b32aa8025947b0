import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterText, findAdapter, type Adapter } from '../../src-main/engine/onnx/gpu/adapter.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { softwareAdapter } from '../engine/software-adapter.ts';
import { writeExercise } from './exercise.ts';
import { columns } from './spread.ts';

/** What a step is given from the processor's memory, and what it leaves there: bytes by the name of a value. */
export interface Crossing {
  readonly in: Readonly<Record<string, number>>;
  readonly out: Readonly<Record<string, number>>;
}

/** Where the nodes of a graph are computed. */
interface Placement {
  readonly card: number;
  readonly processor: number;
  /** Those on the processor, where some are on the card: `Det (Det_1)`. */
  readonly fallbacks: readonly string[];
  /** Nodes that take a value from the card to the processor within a step, or back. */
  readonly copies: number;
}

export interface CardStep extends Placement, Crossing {
  readonly adapter: string;
  readonly batchSize: number;
}

/** The card that steps are taken on, and the environment in which a process finds it. */
interface FoundCard {
  readonly adapter: Adapter;
  readonly env: NodeJS.ProcessEnv;
}

/** The line on stderr after which a session's nodes are placed. */
export const PLACED = 'card-child: placed';
/** Images of a step where the processor does the card's work; what crosses is the same, image by image. */
const SOFTWARE_BATCH = 4;
const MOST_BYTES = 2 ** 28;

/** The machine's card, or SwiftShader where there is none. UserError where there is neither. */
export async function findCard(): Promise<FoundCard> {
  const found = async (env: NodeJS.ProcessEnv): Promise<FoundCard> => ({ adapter: await findAdapter(env), env });
  return found(process.env).catch((error: unknown) => {
    const env = softwareAdapter();
    if (!env) throw error;
    return found(env);
  });
}

/** Takes two steps of a network on the card; where it places its nodes, and what crosses in the second. */
export function benchCard(spec: NetworkSpec, { adapter, env }: FoundCard): CardStep {
  const batchSize = adapter.kind === 'software' ? SOFTWARE_BATCH : spec.training.batchSize;
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const exercise = join(folder, 'exercise.safetensors');
    writeExercise(exercise, { ...spec, training: { ...spec.training, batchSize } });
    const child = join(import.meta.dirname, 'card-child.ts');
    const args = ['--disable-warning=ExperimentalWarning', child, exercise];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      ...{ env, encoding: 'utf8', maxBuffer: MOST_BYTES },
    });
    if (status !== 0) throw new Error(/^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'its process ended without an answer');
    // The step's graph is the first that the engine loads.
    const [ofStep] = stderr.split(PLACED);
    const crossing = JSON.parse(stdout) as Crossing;
    return { adapter: adapterText(adapter), batchSize, ...placementOf(ofStep), ...crossing };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ON_PROCESSOR = 'CPUExecutionProvider';
const COPY = /^Memcpy(From|To)Host /;

/** Where nodes are placed, by onnxruntime's verbose log of loading a graph. */
export function placementOf(log: string): Placement {
  const nodes = { card: 0, processor: 0 };
  const fallbacks: string[] = [];
  let [place, copies]: [keyof typeof nodes | undefined, number] = [undefined, 0];
  for (const [, said] of log.matchAll(/ VerifyEachNodeIsAssignedToAnEp\]\s+(.*)$/gm)) {
    const [, provider, number] = /placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(said) ?? [];
    if (provider !== undefined) {
      place = provider === ON_PROCESSOR ? 'processor' : 'card';
      nodes[place] += Number(number);
    } else if (COPY.test(said)) {
      copies += 1;
      nodes[place!] -= 1;
    } else if (place === 'processor') fallbacks.push(said);
  }
  if (place === undefined) throw new Error('onnxruntime does not say where it places nodes');
  return { ...nodes, fallbacks, copies };
}

export function cardTable(steps: Readonly<Record<string, CardStep>>): string {
  const values = (bytes: Crossing['in']) =>
    Object.entries(bytes)
      .map(([name, size]) => `${name.replace(/^\//, '')} ${size}`)
      .join(', ');
  const rows = Object.entries(steps).map(([name, { batchSize, card, processor, copies, ...crossing }]) => [
    name,
    String(batchSize),
    String(card),
    String(processor),
    String(copies),
    values(crossing.in),
    values(crossing.out),
  ]);
  const adapters = new Set(Object.values(steps).map(({ adapter }) => adapter));
  return [
    `A training step on WebGPU, ${[...adapters].join(', ')}: nodes of its graph, copies between card and processor within it,`,
    'and the bytes that it is given from the processor’s memory and leaves there',
    ...columns([['', 'batch', 'on the card', 'on the processor', 'copies', 'in', 'out'], ...rows]),
    ...Object.entries(steps).flatMap(([name, { fallbacks }]) =>
      fallbacks.length > 0 ? [`  ${name}, on the processor: ${fallbacks.join(', ')}`] : [],
    ),
  ].join('\n');
}
