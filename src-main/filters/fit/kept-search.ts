import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Tensor } from '../../network/weights.ts';
import { isFolder } from '../../store/cleanup.ts';
import { bankShape } from '../bank.ts';
import { blobSpace } from './blob.ts';
import { gaborSpace } from './gabor.ts';
import { keptFolder } from './kept-folder.ts';
import type { SearchSpace } from './parameter-search.ts';
import { SEARCH_VERSION, searchBank, type BankSearch, type FitParameters } from './search.ts';

/** Banks that are kept of each: those of a history, and of steps that somebody has looked at. */
const MOST = 64;
const DIGEST = 32;

/** The search for a run's filters, by its key, or for those of UNTRAINED (`kept-folder.ts`). */
export type SearchOf = (owner: string) => BankSearch;

/**
 * A search that keeps what it finds in the home, for every process that looks there, and doesn't do again what is kept of
 * these very weights and this version: the numbers are the same. It needs no lock: a file is there as a whole or not at all.
 * What can't be kept, or is damaged, is searched for again.
 */
export function keptSearch(
  home: string,
  owner: string,
  { search = searchBank, version = SEARCH_VERSION }: { search?: BankSearch; version?: number } = {},
): BankSearch {
  const folder = keptFolder(home, owner);
  if (folder === undefined) return search;
  return (weight) => {
    const file = join(folder, nameOf(weight, version));
    const kept = readKept(file, weight);
    if (kept) return kept;
    const found = search(weight);
    keep(folder, file, found);
    return found;
  };
}

/** Whether that search would find these filters' fits kept. */
export function isKept(home: string, owner: string, weight: Tensor): boolean {
  const folder = keptFolder(home, owner);
  return folder !== undefined && readKept(join(folder, nameOf(weight, SEARCH_VERSION)), weight) !== undefined;
}

function nameOf(weight: Tensor, version: number): string {
  const { buffer, byteOffset, byteLength } = weight.data;
  const hash = createHash('sha256').update(`filter fits ${version} ${bankShape(weight).join('x')}\n`);
  return `${hash.update(new Uint8Array(buffer, byteOffset, byteLength)).digest('hex')}.bin`;
}

/** SHA-256 of the rest; then of each filter, as float64, the parameters of both functions. Undefined where there is no such file. */
function readKept(file: string, weight: Tensor): FitParameters[] | undefined {
  const [filters, , rows, columns] = bankShape(weight);
  const spaces = [gaborSpace({ rows, columns }), blobSpace({ rows, columns })];
  const [ofGabor, ofBlob] = spaces.map(({ least }) => least.length);
  const length = filters * (ofGabor + ofBlob) * Float64Array.BYTES_PER_ELEMENT;
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size !== DIGEST + length) return undefined;
    const bytes = readFileSync(file);
    const body = bytes.subarray(DIGEST);
    if (body.length !== length || !digestOf(body).equals(bytes.subarray(0, DIGEST))) return undefined;
    const numbers = new Float64Array(Uint8Array.from(body).buffer);
    const parameters = Array.from({ length: filters }, (_, filter): FitParameters => {
      const first = filter * (ofGabor + ofBlob);
      const gabor = [...numbers.subarray(first, first + ofGabor)];
      return { gabor, blob: [...numbers.subarray(first + ofGabor, first + ofGabor + ofBlob)] };
    });
    const isWithin = ({ gabor, blob }: FitParameters) => within(gabor, spaces[0]) && within(blob, spaces[1]);
    return parameters.every(isWithin) ? parameters : undefined;
  } catch {
    // Unreadable: as if it were not there.
    return undefined;
  }
}

const within = (numbers: readonly number[], { least, most }: SearchSpace): boolean =>
  numbers.every((value, place) => value >= least[place] && value <= most[place]);

function keep(folder: string, file: string, found: readonly FitParameters[]): void {
  const numbers = Float64Array.from(found.flatMap(({ gabor, blob }) => [...gabor, ...blob]));
  const body = Buffer.from(numbers.buffer);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    // Through a link nothing is made, either.
    if (!isFolder(dirname(folder))) return;
    mkdirSync(folder, { recursive: true });
    if (!isFolder(folder)) return;
    writeFileAtomic.sync(file, Buffer.concat([digestOf(body), body]));
    const kept = readdirSync(folder).map((name) => join(folder, name));
    if (kept.length <= MOST) return;
    const times = new Map(kept.map((path) => [path, lstatSync(path).mtimeMs]));
    const oldest = kept.sort((a, b) => times.get(a)! - times.get(b)!).slice(0, -MOST);
    for (const path of oldest) if (path !== file) rmSync(path, { force: true });
  } catch {
    // A drive that is full or may not be written to: the next who asks waits as long.
  }
}

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
