import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Tensor } from '../../network/weights.ts';
import { isFolder } from '../../store/cleanup.ts';
import { bankShape } from '../bank.ts';
import type { SearchSpace } from './parameter-search.ts';
import { type BankSearch, type FitParameters, SEARCH_VERSION, searchBank, SPACES } from './search.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

/** The folder below the home folder that has a folder for each run, named by its key, and one for untrained filters. */
export const FIT_CACHE = 'filter-fits';
const RUN_FOLDER = /^[0-9a-f]{64}$/;
/** The owner of the random filters that trained ones are compared with. */
export const UNTRAINED = 'untrained';

/** The folder of the cached searches of a run, given its key, or of UNTRAINED; undefined for any other name. */
const fitCacheFolder = (home: string, owner: string): string | undefined =>
  owner === UNTRAINED || RUN_FOLDER.test(owner) ? join(home, FIT_CACHE, owner) : undefined;

/** Removes the cached searches of a run that was removed. */
export function removeCachedSearches(home: string, run: string): void {
  const folder = RUN_FOLDER.test(run) ? fitCacheFolder(home, run) : undefined;
  if (folder !== undefined && isFolder(join(home, FIT_CACHE)) && isFolder(folder)) rmSync(folder, { recursive: true });
}

/**
 * Does the same for all runs that no longer exist: a process may have looked at one while another process removed it.
 */
export function removeOrphanSearches(home: string, isRun: (key: string) => boolean): void {
  if (!isFolder(join(home, FIT_CACHE))) return;
  for (const run of readdirSync(join(home, FIT_CACHE))) if (!isRun(run)) removeCachedSearches(home, run);
}

/** Cached banks of each owner, at most: those of a run's history, and of steps that somebody has looked at. */
const MOST_BANKS = 64;
const DIGEST_BYTES = 32;
const NAMES = Object.keys(SPACES) as (keyof typeof SPACES)[];

/** Filters, and whose they are: the key of a run, or UNTRAINED. */
export interface OwnedBank {
  readonly owner: string;
  readonly weight: Tensor;
}

/** Gives the search for a run's filters, by its key, or for those of UNTRAINED. */
export type SearchOf = (owner: string) => BankSearch;

/**
 * A search that caches its results in the home folder, for all processes. The file is named by a hash of the weights
 * and of the version of the search, so the numbers are the same as without a cache. No lock is needed, because a file
 * is written completely or not at all. What can't be written, or is damaged, is searched for again.
 */
export function cachedSearch(
  home: string,
  owner: string,
  { search = searchBank, version = SEARCH_VERSION }: { search?: BankSearch; version?: number } = {},
): BankSearch {
  const folder = fitCacheFolder(home, owner);
  if (folder === undefined) return search;
  return (weight) => {
    const file = join(folder, fileNameOf(weight, version));
    const cached = readCached(file, weight);
    if (cached) return cached;
    const found = search(weight);
    writeCached(folder, file, found);
    return found;
  };
}

/** Whether `cachedSearch` has a result for these filters. */
export function isCached(home: string, owner: string, weight: Tensor): boolean {
  const folder = fitCacheFolder(home, owner);
  return folder !== undefined && readCached(join(folder, fileNameOf(weight, SEARCH_VERSION)), weight) !== undefined;
}

function fileNameOf(weight: Tensor, version: number): string {
  const { buffer, byteOffset, byteLength } = weight.data;
  const hash = createHash('sha256').update(`filter fits ${version} ${bankShape(weight).join('x')}\n`);
  return `${hash.update(new Uint8Array(buffer, byteOffset, byteLength)).digest('hex')}.bin`;
}

/**
 * Reads a file: the SHA-256 of the rest, then for each filter the parameters of all functions in the order of `SPACES`, as
 * float64. Undefined if there is no such file or it is damaged.
 */
function readCached(file: string, weight: Tensor): FitParameters[] | undefined {
  const [filters, , rows, columns] = bankShape(weight);
  const spaces = NAMES.map((name) => SPACES[name]({ rows, columns }));
  const numbersEach = spaces.reduce((sum, { least }) => sum + least.length, 0);
  const length = filters * numbersEach * Float64Array.BYTES_PER_ELEMENT;
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size !== DIGEST_BYTES + length) return undefined;
    const bytes = readFileSync(file);
    const body = bytes.subarray(DIGEST_BYTES);
    if (body.length !== length || !digestOf(body).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
    const numbers = new Float64Array(Uint8Array.from(body).buffer);
    const parameters = Array.from({ length: filters }, (_, filter) => {
      let next = filter * numbersEach;
      return spaces.map(({ least }) => [...numbers.subarray(next, (next += least.length))]);
    });
    if (!parameters.every((ofFilter) => ofFilter.every((one, place) => within(one, spaces[place])))) return undefined;
    return parameters.map(
      (ofFilter) => Object.fromEntries(NAMES.map((name, place) => [name, ofFilter[place]])) as unknown as FitParameters,
    );
  } catch {
    // A file that can't be read is treated as missing.
    return undefined;
  }
}

const within = (numbers: readonly number[], { least, most }: SearchSpace): boolean =>
  numbers.every((value, place) => value >= least[place] && value <= most[place]);

function writeCached(folder: string, file: string, found: readonly FitParameters[]): void {
  const numbers = Float64Array.from(found.flatMap((ofFilter) => NAMES.flatMap((name) => ofFilter[name])));
  const body = Buffer.from(numbers.buffer);
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: OWNER_ONLY.folder });
    // Nothing is written through a symbolic link.
    if (!isFolder(dirname(folder))) return;
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder });
    if (!isFolder(folder)) return;
    // Not synced: what a power cut damages is searched for again.
    writeFileAtomic.sync(file, Buffer.concat([digestOf(body), body]), { mode: OWNER_ONLY.file, fsync: false });
    const files = readdirSync(folder).map((name) => join(folder, name));
    if (files.length <= MOST_BANKS) return;
    const times = new Map(files.map((path) => [path, lstatSync(path).mtimeMs]));
    const oldest = files.sort((a, b) => times.get(a)! - times.get(b)!).slice(0, -MOST_BANKS);
    for (const path of oldest) if (path !== file) rmSync(path, { force: true });
  } catch {
    // On a drive that is full or read-only nothing is cached, and the next search takes as long.
  }
}

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
