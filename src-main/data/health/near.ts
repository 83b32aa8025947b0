import { LEAST_LIKENESS, MOST_BITS } from '../../common/health.ts';
import { Cancelled } from '../../errors.ts';
import type { ImageSet } from '../image-set.ts';
import { smallOf } from './impressions.ts';

/** Pieces of 16 bits of a hash. Where at most seven bits differ, one of the four pieces differs in at most one. */
const PIECES = 4;
const BITS = 16;

/** Rows and columns at which pixels are compared: finer ones tell only how sharp an image is. */
const SIDE = 16;

/**
 * Pairs of different parts that are compared by their pixels, at most, and as many of one part: a set of drawings may have more
 * whose hashes are alike.
 */
const MOST_COMPARED = 250_000;
/** Pairs whose hashes are compared, at most: half a minute. */
const MOST_HASHES = 2 ** 31;

/** Two images that show the same; `mirrored` if one is the mirror image of the other. */
export interface NearPair {
  readonly first: number;
  readonly second: number;
  readonly mirrored: boolean;
  readonly likeness: number;
}

/** The hashes of all images: [high, low, mirrored high, mirrored low] of each; `known` is 0 where there is none. */
export interface Hashes {
  readonly values: Uint32Array;
  readonly known: Uint8Array;
}

/**
 * The pairs of nearly equal images: at most MOST_BITS bits of their perceptual hashes differ, and the correlation of their pixels,
 * reduced to 16 x 16, is at least LEAST_LIKENESS. Each pair once, the smaller number first.
 */
export function nearPairs(
  set: ImageSet,
  hashes: Hashes,
  signal?: AbortSignal,
): { pairs: NearPair[]; complete: boolean } {
  const { pairs, complete } = alikeByHash(hashes, set.heldOut, signal);
  const small = [smallOf(set.index.size, SIDE), smallOf(set.index.size, SIDE)];
  const pixels = new Uint8Array(3 * set.index.size ** 2);
  const look = (which: 0 | 1, image: number): Float32Array => {
    set.read(image, pixels);
    return small[which](pixels);
  };
  const near: NearPair[] = [];
  let before = -1;
  let first: Float32Array | undefined;
  for (const [at, [one, other, mirrored]] of pairs.entries()) {
    if (at % 1000 === 0 && signal?.aborted) throw new Cancelled();
    if (one !== before || first === undefined) first = look(0, one);
    before = one;
    const likeness = correlation(first, look(1, other), mirrored === 1);
    if (likeness >= LEAST_LIKENESS) near.push({ first: one, second: other, mirrored: mirrored === 1, likeness });
  }
  return { pairs: near, complete };
}

type Candidate = readonly [first: number, second: number, mirrored: 0 | 1];

/** Pairs whose hashes differ in few bits, found by pieces that are the same but for one bit. */
function alikeByHash(
  hashes: Hashes,
  heldOut: ImageSet['heldOut'],
  signal?: AbortSignal,
): { pairs: Candidate[]; complete: boolean } {
  const { known } = hashes;
  const leaks: Candidate[] = [];
  const others: Candidate[] = [];
  let left = MOST_HASHES;
  let complete = true;
  for (let piece = 0; piece < PIECES; piece++) {
    const { starts, order } = buckets(hashes, piece);
    for (let image = 0; image < known.length && left > 0; image++) {
      if (image % 10_000 === 0 && signal?.aborted) throw new Cancelled();
      if (known[image] === 0) continue;
      for (const mirrored of [0, 1] as const) {
        const own = pieceOf(hashes, image, piece, mirrored);
        for (let bit = -1; bit < BITS; bit++) {
          const bucket = bit < 0 ? own : own ^ (1 << bit);
          for (let at = starts[bucket + 1] - 1; at >= starts[bucket] && order[at] > image; at--) {
            left--;
            if (!isCandidate(hashes, image, order[at], mirrored, piece)) continue;
            const found = heldOut[image] === heldOut[order[at]] ? others : leaks;
            if (found.length < MOST_COMPARED) found.push([image, order[at], mirrored]);
            else complete = false;
          }
        }
      }
    }
  }
  return { pairs: sorted([...leaks, ...others]), complete: complete && left > 0 };
}

/** Whether two images are alike by this piece, and neither by an earlier one nor, for mirror images, as they are. */
function isCandidate(hashes: Hashes, image: number, other: number, mirrored: 0 | 1, piece: number): boolean {
  if (differing(hashes, image, other, mirrored) > MOST_BITS) return false;
  for (let earlier = 0; earlier < piece; earlier++)
    if (ones(pieceOf(hashes, image, earlier, mirrored) ^ pieceOf(hashes, other, earlier, 0)) < 2) return false;
  return mirrored === 0 || differing(hashes, image, other, 0) > MOST_BITS;
}

const sorted = (pairs: Candidate[]): Candidate[] => pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);

/** Images by one piece of their hashes, ascending in each bucket. */
function buckets(hashes: Hashes, piece: number): { starts: Uint32Array; order: Uint32Array } {
  const { known } = hashes;
  const starts = new Uint32Array(2 ** BITS + 1);
  for (let image = 0; image < known.length; image++)
    if (known[image] === 1) starts[pieceOf(hashes, image, piece, 0) + 1]++;
  for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
  const order = new Uint32Array(starts.at(-1)!);
  const next = starts.slice();
  for (let image = 0; image < known.length; image++)
    if (known[image] === 1) order[next[pieceOf(hashes, image, piece, 0)]++] = image;
  return { starts, order };
}

/** One of the four pieces of a hash. */
function pieceOf({ values }: Hashes, image: number, piece: number, mirrored: 0 | 1): number {
  const half = values[4 * image + 2 * mirrored + (piece >> 1)];
  return piece % 2 === 0 ? half >>> BITS : half & 0xffff;
}

function differing({ values }: Hashes, one: number, other: number, mirrored: 0 | 1): number {
  return (
    ones(values[4 * one + 2 * mirrored] ^ values[4 * other]) +
    ones(values[4 * one + 2 * mirrored + 1] ^ values[4 * other + 1])
  );
}

/** The number of ones among 32 bits. */
function ones(bits: number): number {
  let sum = bits - ((bits >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return (((sum + (sum >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Pearson's r of two images [3, 16, 16], each channel about its own mean, so that another tint does not matter. */
function correlation(a: Float32Array, b: Float32Array, mirrored: boolean): number {
  const area = SIDE * SIDE;
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (let channel = 0; channel < 3; channel++) {
    const from = channel * area;
    let [meanA, meanB] = [0, 0];
    for (let at = from; at < from + area; at++) {
      meanA += a[at] / area;
      meanB += b[at] / area;
    }
    for (let at = 0; at < area; at++) {
      const da = a[from + at] - meanA;
      const db = b[from + (mirrored ? at - 2 * (at % SIDE) + SIDE - 1 : at)] - meanB;
      products += da * db;
      squaresA += da * da;
      squaresB += db * db;
    }
  }
  return products / Math.sqrt(squaresA * squaresB || 1);
}
