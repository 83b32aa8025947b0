import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { suspectsSchema, type Suspect, type Suspects } from '../../common/health.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { imageBytes } from '../../data/packed/format.ts';
import { fileNamesOf } from '../../data/packed/file-names.ts';
import { openImageSet, readImageSetIndex } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { LayerReader } from '../../engine/onnx/reader.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { softmax } from '../../predictors/leep.ts';
import { readProtocol } from '../../study/plan/protocol.ts';
import { readHome, type Home } from '../opened-home.ts';
import { presentImages } from '../stored/study.ts';
import { inputOf } from './ask.ts';
import { networkNamed, type AskedNetwork } from './network.ts';

/** Images that are named, the most suspicious first. */
const MOST_NAMED = 120;
/** Images that a base is asked about, at most; of more, every second or third of a class is taken. */
const MOST_ASKED = 40_000;
const BATCH = 32;
const FILE = 'suspects.json';

interface SuspectsTask {
  readonly home: string;
  /** Id of the image set. */
  readonly set: string;
  readonly threads: number;
}

/**
 * Images whose labels may be wrong: those of which a base of the newest study of this set is most surprised, on which it was
 * trained or not (Northcutt, Jiang and Chuang 2021 find wrong labels so). What was found by the same bases is stored beside the
 * images. Throws a UserError where no base has finished, and Cancelled.
 */
export async function suspectsOf(
  { home: path, set: id, threads }: SuspectsTask,
  { signal }: { readonly signal: AbortSignal },
): Promise<Suspects> {
  const { folder, bases } = await readHome(path, (home) => ({
    folder: join(path, 'data', presentImages(home, id).folder),
    bases: finishedBases(home, id),
  }));
  if (bases.length === 0)
    throw new UserError(
      'No base has been trained on these images yet: labels can be looked at after the first training of a study.',
    );
  const known = storedSuspects(folder);
  if (known && known.bases.join() === bases.join()) return withFiles(known, folder);
  const found: Suspect[] = [];
  let among = 0;
  for (const run of bases) {
    const asked = await networkNamed({ home: path, run });
    const set = imagesFor(openImageSet(folder), asked.network.spec);
    try {
      const images = imagesOf(set, asked.classes);
      among += images.length;
      found.push(...(await surprising(asked, set, images, threads, signal)));
    } finally {
      set.close();
    }
  }
  const suspects = found.sort((a, b) => b.loss - a.loss).slice(0, MOST_NAMED);
  const result: Suspects = { version: 1, bases, among, suspects };
  // Where it can't be stored, it is worked out again.
  await writeFileAtomic(join(folder, FILE), JSON.stringify(result)).catch(() => {});
  return withFiles(result, folder);
}

/** Names of files are not stored with the rest: importing the images again may give them others. */
function withFiles({ suspects, ...rest }: Suspects, folder: string): Suspects {
  const files = fileNamesOf(
    { folder, index: readImageSetIndex(folder) },
    suspects.map(({ image }) => image),
  );
  return { ...rest, suspects: suspects.map((one, at) => ({ ...one, file: files[at] ?? undefined })) };
}

function storedSuspects(folder: string): Suspects | undefined {
  try {
    return suspectsSchema.safeParse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Keys of the finished bases of the first replicate, of the newest study of this set that has any. */
function finishedBases({ store }: Home, set: string): string[] {
  for (const study of store.studies().toReversed()) {
    if (readProtocol(study).data.id !== set) continue;
    const runs = store
      .studyRuns(study.id)
      .filter(({ kind, record }) => kind === 'base' && record.status === 'finished');
    const first = Math.min(...runs.map(({ replicate }) => replicate));
    const keys = runs.filter(({ replicate }) => replicate === first).map(({ record }) => record.key);
    if (keys.length > 0) return keys.sort();
  }
  return [];
}

function imagesOf(set: ImageSet, classes: readonly string[]): number[] {
  const labels = new Set(classes.map((name) => set.index.classes.indexOf(name)));
  const images = [...set.labels.keys()].filter((image) => labels.has(set.labels[image]));
  const each = Math.ceil(images.length / MOST_ASKED);
  return images.filter((_, at) => at % each === 0);
}

/** The images that a base takes for another class, with how much their own label surprises it: -log of its probability. */
async function surprising(
  asked: AskedNetwork,
  set: ImageSet,
  images: readonly number[],
  threads: number,
  signal: AbortSignal,
): Promise<Suspect[]> {
  const { network, weights, classes } = asked;
  const point = { n: network.depth, place: 'end' } as const;
  const reader = await LayerReader.open({ network, weights, points: [point], batchSize: BATCH, threads });
  const pixels = new Uint8Array(imageBytes(set.index.size));
  const found: Suspect[] = [];
  try {
    for (let first = 0; first < images.length; first += BATCH) {
      if (signal.aborted) throw new Cancelled();
      const batch = images.slice(first, first + BATCH);
      const inputs = batch.map((image) => (set.read(image, pixels), inputOf(pixels, asked)));
      const values = new Float32Array(inputs.length * inputs[0].length);
      inputs.forEach((input, at) => values.set(input, at * input.length));
      const [logits] = (await reader.read(values)).values();
      const { columns, values: shares } = softmax({
        ...{ rows: batch.length, columns: classes.length },
        values: Float64Array.from(logits),
      });
      for (const [row, image] of batch.entries()) {
        const own = shares.subarray(row * columns, (row + 1) * columns);
        const name = set.index.classes[set.labels[image]];
        const taken = own.indexOf(Math.max(...own));
        const loss = -Math.log(Math.max(own[classes.indexOf(name)], 1e-12));
        if (classes[taken] === name || !Number.isFinite(loss)) continue;
        found.push({
          ...{ image, class: name, heldOut: set.heldOut[image] === 1, takenFor: classes[taken] },
          ...{ probability: Number(own[taken].toFixed(4)), loss: Number(loss.toFixed(3)) },
        });
      }
    }
  } finally {
    await reader.dispose();
  }
  return found.sort((a, b) => b.loss - a.loss).slice(0, MOST_NAMED);
}
