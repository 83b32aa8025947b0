import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { writePackedSet } from '../../src-main/data/packed/write.ts';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import { RandomStream } from '../../src-main/random.ts';
import type { Store } from '../../src-main/store/records.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { type Plan, planStudy, runsToStore, studyId } from '../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { runPlan, type RunnerOutcome } from '../../src-main/study/run/runner.ts';
import type { GroupRunner } from '../../src-main/study/run/train-group.ts';
import { TREATMENT_KINDS } from '../../src-main/common/treatments/treatments.ts';

/** A study small enough to be trained in a test, with everything real: store, packed images, child processes. */
export const tinyNetwork: NetworkInput = {
  name: 'tiny',
  inputSize: 8,
  layers: [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 2, stride: 2 },
    { type: 'dense', name: 'fc2', units: 16 },
    { type: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', name: 'fc3' },
  ],
  training: {
    batchSize: 8,
    epochs: 12,
    learningRate: 0.02,
    momentum: 0.9,
    weightDecay: 1e-4,
    schedule: { kind: 'cosine' },
    warmUp: 0.1,
    cropPadding: 1,
    mirror: true,
  },
};

const COLOURS = [
  [220, 40, 40],
  [40, 220, 40],
  [40, 40, 220],
  [200, 200, 30],
];

/** Four classes told by their colour, 10 training and 10 held-out images each. */
function* colouredImages(size: number) {
  const stream = new RandomStream(7, 'tiny images');
  for (let label = 0; label < COLOURS.length; label++)
    for (let number = 0; number < 20; number++) {
      const pixels = new Uint8Array(3 * size * size);
      for (let i = 0; i < pixels.length; i++)
        pixels[i] = COLOURS[label][Math.floor(i / (size * size))] + 30 * (stream.uniform() - 0.5);
      yield { pixels, label, heldOut: number >= 10 };
    }
}

/** The image set "colours": four classes, 8x8 pixels; or the same under other names, at another size. */
export function writeColours(
  dataFolder: string,
  { name = 'colours', size = 8, classes = ['blue', 'green', 'red', 'yellow'] } = {},
): Promise<{ index: ImageSetIndex; folder: string }> {
  const description = {
    ...{ name, size, classes },
    groups: {},
    source: 'test',
    heldOut: { kind: 'given' as const },
    rejects: [],
  };
  return writePackedSet(dataFolder, description, colouredImages(size));
}

export interface TinyHome {
  readonly home: string;
  readonly store: Store;
  readonly index: ImageSetIndex;
  readonly imageSet: string;
  /** Folders of all its sets, by id. */
  readonly imageSets: Map<string, string>;
  dispose(): void;
}

export async function createTinyHome(): Promise<TinyHome> {
  const home = mkdtempSync(join(tmpdir(), 'transplant-study-'));
  mkdirSync(join(home, 'data'));
  mkdirSync(join(home, 'checkpoints'));
  const { index, folder } = await writeColours(join(home, 'data'));
  const store = openStore(join(home, 'transplant.sqlite'));
  const dispose = () => {
    store.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { home, store, index, imageSet: folder, imageSets: new Map([[index.id, folder]]), dispose };
}

/** Records images in the store, as an import does. */
export function addImages(store: Store, { id, name, size, source }: ImageSetIndex, path: string): void {
  const folder = path.split(/[\\/]/).at(-1)!;
  const counts = { classes: 4, trainImages: 40, heldOutImages: 40 };
  store.addImageSet({ id, name, size, ...counts, folder, source, created: '2026-01-01T00:00:00.000Z' });
}

export function tinyProtocol(index: ImageSetIndex, changes: Partial<Protocol> = {}): Protocol {
  return {
    name: 'tiny',
    data: { id: index.id, name: index.name },
    network: networkSchema.parse(tinyNetwork),
    split: { kind: 'random' },
    replicates: [{ splitSeed: 1, trainingSeed: 1 }],
    layers: [1],
    treatments: [...TREATMENT_KINDS],
    bothDirections: false,
    engine: 'onnx',
    ...changes,
  };
}

export interface TinyRun {
  readonly plan: Plan;
  readonly study: string;
  readonly outcome: RunnerOutcome;
  readonly events: readonly StudyEvent[];
}

/** Runs a study of the home; `stopWhen` aborts it upon the first event for which it holds. */
export async function runTinyStudy(
  { home, store, index, imageSets }: TinyHome,
  protocol: Protocol,
  stopWhen: (event: StudyEvent) => boolean = () => false,
  elsewhere?: GroupRunner,
  cards?: readonly string[],
): Promise<TinyRun> {
  const plan = planStudy(protocol, index);
  const study = studyId(protocol);
  store.addStudy(
    {
      id: study,
      name: protocol.name,
      protocol: JSON.stringify(protocol),
      status: 'running',
      created: '2026-01-01T00:00:00.000Z',
      finished: null,
      seconds: 0,
    },
    runsToStore(plan.runs),
  );
  const abort = new AbortController();
  const events: StudyEvent[] = [];
  const outcome = await runPlan({
    study,
    name: protocol.name,
    plan,
    store,
    home,
    imageSets,
    workers: cards ? 1 : 2,
    cards,
    cores: 2,
    sharedMemory: 1e9,
    elsewhere,
    signal: abort.signal,
    onEvent: (event) => {
      events.push(event);
      if (stopWhen(event)) abort.abort();
    },
  });
  return { plan, study, outcome, events };
}
