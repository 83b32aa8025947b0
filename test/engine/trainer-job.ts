import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePackedSet, type PackedImage } from '../../src-main/data/packed/write.ts';
import type { TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { RandomStream } from '../../src-main/random.ts';
import { tinyNetwork } from '../network/tiny-network.ts';

const SIZE = 8;
const CLASSES = ['red', 'green', 'blue'];
const IMAGES_PER_CLASS = 20;

/** Noise with a little more of the class's colour: easy to learn, in a few steps of a tiny network. */
function* images(): Generator<PackedImage> {
  const random = new RandomStream('trainer test');
  for (let i = 0; i < CLASSES.length * IMAGES_PER_CLASS; i++) {
    const label = i % CLASSES.length;
    const pixels = new Uint8Array(3 * SIZE * SIZE);
    for (let p = 0; p < pixels.length; p++)
      pixels[p] = random.integer(128) + (Math.floor(p / SIZE ** 2) === label ? 100 : 0);
    yield { pixels, label, heldOut: i >= CLASSES.length * (IMAGES_PER_CLASS - 4) };
  }
}

const network = {
  ...tinyNetwork,
  training: { ...tinyNetwork.training, epochs: 90, warmUp: 0.05 },
};

/** A folder below the system's temporary one with a small packed image set, and jobs on it. */
export async function trainingGround() {
  const folder = await mkdtemp(join(tmpdir(), 'transplant-trainer-'));
  const description = {
    name: 'colours',
    size: SIZE,
    classes: CLASSES,
    groups: {},
    source: 'test',
    heldOut: { kind: 'given' as const },
    rejects: [],
  };
  const set = await writePackedSet(join(folder, 'data'), description, images());
  let jobs = 0;
  return {
    folder,
    /** Each with a checkpoint folder of its own. */
    job(changes: Partial<TrainingJob> = {}, training: Partial<TrainingJob['network']['training']> = {}): TrainingJob {
      const number = ++jobs;
      return {
        run: `run-${number}`,
        imageSet: set.folder,
        classes: CLASSES,
        selectionSeed: 1,
        network: { ...network, training: { ...network.training, ...training } },
        seed: 'seed',
        batchSeed: 'batches',
        frozen: 0,
        engine: 'onnx',
        threads: 1,
        checkpoints: join(folder, `checkpoints-${number}`),
        checkpointEvery: 1e6,
        evaluations: 10,
        snapshots: 12,
        ...changes,
      };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
