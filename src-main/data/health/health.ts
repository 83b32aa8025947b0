import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { leakSentence, setHealthSchema, type SetFacts, type SetHealth } from '../../common/health.ts';
import { Cancelled } from '../../errors.ts';
import type { ImageSet, ImageSetIndex } from '../image-set.ts';
import { FILES } from '../packed/format.ts';
import { openImageSet } from '../packed/open.ts';
import { impressionsOf } from './impressions.ts';
import { nearPairs, type NearPair } from './near.ts';

/** Pairs that are kept to look at, at most. */
const MOST_SHOWN = 240;

/** Images that are looked at before others get a turn. */
const AT_ONCE = 500;

/** What was measured of a packed set; undefined if nothing was, or by another version. */
export function storedHealth(folder: string): SetHealth | undefined {
  try {
    return setHealthSchema.safeParse(JSON.parse(readFileSync(join(folder, FILES.health), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Measures a packed set, unless it was measured before, and stores that beside the images. Throws the errors of
 * `openImageSet`, and Cancelled.
 */
export async function healthOf(folder: string, signal?: AbortSignal): Promise<SetHealth> {
  const known = storedHealth(folder);
  if (known !== undefined) return known;
  const set = openImageSet(folder);
  try {
    const health = await measureHealth(set, signal);
    // Where it can't be stored, it is measured again.
    await writeFileAtomic(join(folder, FILES.health), JSON.stringify(health)).catch(() => {});
    return health;
  } finally {
    set.close();
  }
}

/** The sentence about held-out images among the training images of a set that was measured: none, or one. */
export function leakNote(
  folder: string,
  { name, heldOutCounts }: Pick<ImageSetIndex, 'name' | 'heldOutCounts'>,
): string[] {
  const health = storedHealth(folder);
  const sentence =
    health &&
    leakSentence(
      health,
      heldOutCounts.reduce((sum, count) => sum + count, 0),
    );
  return sentence === undefined ? [] : [`Of ${name}, ${sentence}`];
}

/** What an index says of its set. */
export function factsOf({
  classes,
  trainCounts,
  heldOutCounts,
  duplicates,
  copies,
  sides,
  flaws,
}: ImageSetIndex): SetFacts {
  return {
    classes: classes.map((name, label) => ({ name, train: trainCounts[label], heldOut: heldOutCounts[label] })),
    ...{ duplicates, copies, sides, flaws: flaws?.length ?? 0 },
  };
}

async function measureHealth(set: ImageSet, signal?: AbortSignal): Promise<SetHealth> {
  const { count, size, classes } = set.index;
  const hashes = { values: new Uint32Array(4 * count), known: new Uint8Array(count) };
  const sums = new Float64Array(2 * classes.length);
  const counts = new Uint32Array(classes.length);
  const impression = impressionsOf(size);
  const pixels = new Uint8Array(3 * size * size);
  for (let image = 0; image < count; image++) {
    if (image % AT_ONCE === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) throw new Cancelled();
    }
    set.read(image, pixels);
    const { hash, brightness } = impression(pixels);
    const label = set.labels[image];
    counts[label]++;
    sums[2 * label] += brightness;
    sums[2 * label + 1] += brightness ** 2;
    if (hash === undefined) continue;
    hashes.known[image] = 1;
    hashes.values.set(hash, 4 * image);
  }
  const { pairs, complete } = nearPairs(set, hashes, signal);
  const compared = hashes.known.reduce((sum, one) => sum + one, 0);
  const { leaks, ...numbers } = leaksAmong(set, pairs);
  const order = (pair: NearPair) => (leaks.has(pair) ? 0 : isAcross(set, pair) ? 1 : 2);
  return {
    version: 1,
    ...{ compared, plain: count - compared, complete, pairs: pairs.length, ...numbers },
    acrossClasses: pairs.filter((pair) => isAcross(set, pair)).length,
    shown: [...pairs]
      .sort((a, b) => order(a) - order(b))
      .slice(0, MOST_SHOWN)
      .map((pair) => ({ ...pair, likeness: Number(pair.likeness.toFixed(4)) })),
    brightness: classes.map((_, label) => {
      const mean = sums[2 * label] / counts[label];
      return {
        mean: Number(mean.toFixed(1)),
        deviation: Number(Math.sqrt(Math.max(0, sums[2 * label + 1] / counts[label] - mean ** 2)).toFixed(1)),
      };
    }),
  };
}

const isAcross = ({ labels }: ImageSet, { first, second }: NearPair): boolean => labels[first] !== labels[second];

/** The pairs of which one image is held out, those held-out images, and the training images, ascending. */
function leaksAmong({ heldOut }: ImageSet, pairs: readonly NearPair[]) {
  const leaks = new Set(pairs.filter(({ first, second }) => heldOut[first] !== heldOut[second]));
  const both = [...leaks].flatMap(({ first, second }) => [first, second]);
  const leaked = new Set(both.filter((image) => heldOut[image] === 1));
  const leaking = [...new Set(both.filter((image) => heldOut[image] === 0))].sort((a, b) => a - b);
  return { leaks, leakedHeldOut: leaked.size, leaking };
}
