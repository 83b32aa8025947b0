import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import { byCodeUnit } from './names.ts';
import type { Choice } from './structure/choices.ts';

export interface SourceFile {
  /** Relative to the source, with forward slashes, without `.` and `..`. */
  readonly path: string;
  readonly bytes: number;
}

/** A file of a source that can be read now. */
export interface OpenedFile extends SourceFile {
  /** Throws UnusableFile if this file can't be read; the others of the source may be. */
  content(): AsyncIterable<Buffer>;
  /** Its path on the disk, for a file that stands there as it is. */
  readonly place?: string;
  /** Some of its bytes, for a file on the disk. Throws UnusableFile. */
  range?(start: number, end: number): Promise<Buffer>;
}

/** A folder or an archive: a list of files, and a way to read them. Nothing of an archive is unpacked to the disk. */
export interface Source {
  /** The path by which messages name the source. */
  readonly path: string;
  /** Sorted by path, code unit by code unit. */
  readonly files: readonly SourceFile[];
  /** Entries that are never read, such as links in archives and devices. */
  readonly rejects: readonly Reject[];
  /** Of a tar on the disk, and of archives in a source. */
  readonly listing?: Listing;
  /** How its names are read, where it doesn't say. */
  readonly names?: Choice;
  /** Yields the wanted files in the source's own order. Each can be read until the next is asked for. */
  read(wanted: ReadonlySet<string>): AsyncIterable<OpenedFile>;
}

/** What is in an archive that can only be read from end to end, kept between a question and the import that follows. */
export interface Listing extends Pick<Source, 'files' | 'rejects'> {
  /** By these an archive that was changed meanwhile is known. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
  /** What is in the archives that are in it. */
  readonly nested?: NestedListing;
}

/** What is in the archives of a source, which are read from end to end to list them. */
export interface NestedListing extends Pick<Source, 'files' | 'rejects'> {
  /** Those that could be read, sorted by path. */
  readonly archives: readonly string[];
  /** By these changed archives are known: their bytes together, the newest change, and how names were to be read. */
  readonly bytes: number;
  readonly modified: number;
  readonly names: string | null;
}

/** Thrown for a file that is left out while the import goes on. The message is a clause that says why. */
export class UnusableFile extends Error {}

/** Files of a source, at most. More are not an image set, but a mistake or an attack on the program's memory. */
const MOST_FILES = 4_000_000;

/** Throws a UserError if a source has too many files. Called while it is being listed. */
export function checkFileCount(path: string, files: number): void {
  if (files > MOST_FILES) throw new UserError(`${path} holds more than ${MOST_FILES} files: import a part of it.`);
}

/** Times its size that an archive may unpack to, beyond what any may; photographs come to little more than once. */
const MOST_TIMES = 100;
const ALWAYS_ALLOWED = 64 * 2 ** 20;

/** Throws a UserError if an archive unpacks to more than images do. Called before, or while, it is unpacked. */
export function checkUnpacked(path: string, packed: number, unpacked: number): void {
  if (unpacked > MOST_TIMES * packed + ALWAYS_ALLOWED)
    throw new UserError(
      `${path} is refused: it unpacks to more than ${MOST_TIMES} times its size, which images do not. ` +
        `Unpack it with care and import the folder, or get the archive from a source that you trust.`,
    );
}

/** What an archive holds, as it is found entry by entry. */
export class ArchiveListing {
  readonly #archive: string;
  readonly #files = new Map<string, SourceFile>();
  readonly rejects: Reject[] = [];

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** @param unusable why it can't be read, if it can't */
  add(file: SourceFile, unusable: string | undefined): void {
    const reason = unusable ?? (this.#files.has(file.path) ? 'is in the archive twice' : undefined);
    if (reason === undefined) this.#files.set(file.path, file);
    else this.rejects.push({ file: file.path, reason });
    checkFileCount(this.#archive, this.#files.size + this.rejects.length);
  }

  get files(): SourceFile[] {
    return [...this.#files.values()].sort((a, b) => byCodeUnit(a.path, b.path));
  }
}
