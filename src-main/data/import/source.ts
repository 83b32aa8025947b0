import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import { byCodeUnit } from './names.ts';

export interface SourceFile {
  /** Relative, with forward slashes, without `.` and `..`. */
  readonly path: string;
  readonly bytes: number;
}

/** One file of a source while it is its turn. Errors: Unusable if only this file can't be read. */
export interface OpenedFile extends SourceFile {
  content(): AsyncIterable<Buffer>;
}

/** A folder or an archive: a list of files and the means to read them. Nothing of it is ever written to the disk. */
export interface Source {
  /** As a person would call it in a sentence. */
  readonly path: string;
  /** Sorted by path, code unit by code unit. */
  readonly files: readonly SourceFile[];
  /** Links, devices and the like. */
  readonly rejects: readonly Reject[];
  /** The wanted files, one after the other in an order of the source's own; each can be read until the next is asked for. */
  read(wanted: ReadonlySet<string>): AsyncIterable<OpenedFile>;
}

/** A file that is left out, while the import goes on. The message is the reason in one clause. */
export class Unusable extends Error {}

/** More files than this are no image set that this program could train on, but a mistake or an attack on its memory. */
const MOST_FILES = 4_000_000;

/** Counts files while a source is listed. */
export function checkFileCount(path: string, files: number): void {
  if (files > MOST_FILES) throw new UserError(`${path} holds more than ${MOST_FILES} files: import a part of it.`);
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
    const reason = unusable ?? (this.#files.has(file.path) ? 'stands in the archive twice' : undefined);
    if (reason === undefined) this.#files.set(file.path, file);
    else this.rejects.push({ file: file.path, reason });
    checkFileCount(this.#archive, this.#files.size + this.rejects.length);
  }

  get files(): SourceFile[] {
    return [...this.#files.values()].sort((a, b) => byCodeUnit(a.path, b.path));
  }
}
