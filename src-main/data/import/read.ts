import { UserError } from '../../errors.ts';
import { Unusable, type OpenedFile, type Source } from './source.ts';

/** Names and groups are texts of a few kilobytes, label files a byte an image. */
const SMALL_BYTES = 16 * 2 ** 20;

/** The whole of an opened file. Errors: Unusable if it is larger than `limit`, or can't be read. */
export async function readWhole(file: OpenedFile, limit: number): Promise<Buffer> {
  const tooLarge = () => new Unusable(`larger than ${Math.round(limit / 2 ** 20)} MiB`);
  if (file.bytes > limit) throw tooLarge();
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of file.content()) {
    pieces.push(piece);
    length += piece.length;
    if (length > limit) throw tooLarge();
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length);
}

/** One small file that the rest depends on. Error: UserError. */
export async function readSmall(source: Source, path: string): Promise<Buffer> {
  for await (const file of source.read(new Set([path]))) {
    try {
      return await readWhole(file, SMALL_BYTES);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      throw new UserError(`${path} in ${source.path} can't be used: ${error.message}. Mend it or remove it.`);
    }
  }
  throw new UserError(`${path} has gone from ${source.path} while it was imported: import it again.`);
}

/**
 * Cuts a stream into records of equal length; the array of a record is reused by none. What is left at the end and is
 * no whole record is not yielded.
 */
export async function* recordsOf(content: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of content) {
    let from = 0;
    if (rest.length > 0) {
      from = Math.min(bytes - rest.length, piece.length);
      rest = Buffer.concat([rest, piece.subarray(0, from)]);
      if (rest.length < bytes) continue;
      yield rest;
    }
    for (; from + bytes <= piece.length; from += bytes) yield piece.subarray(from, from + bytes);
    rest = piece.subarray(from);
  }
}
