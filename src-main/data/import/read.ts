import { UserError } from '../../errors.ts';
import { TABLE } from './structure/table.ts';
import { UnusableFile, type OpenedFile, type Source } from './source.ts';

/** Bytes of a list of names or groups, at most; they take a few kilobytes. */
const SMALL_BYTES = 2 * 2 ** 20;

/** Reads a whole file. Throws UnusableFile if it is larger than `limit` bytes or can't be read. */
export async function readWhole(file: OpenedFile, limit: number): Promise<Buffer> {
  const tooLarge = () => new UnusableFile(`larger than ${Math.round(limit / 2 ** 20)} MiB`);
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

/** Reads a small file that the import can't do without. Throws a UserError if it can't be read. */
export async function readSmall(source: Source, path: string): Promise<Buffer> {
  for await (const file of source.read(new Set([path]))) {
    try {
      return await readWhole(file, SMALL_BYTES);
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      throw new UserError(`${path} in ${source.path} can't be used: ${error.message}. Correct it or remove it.`);
    }
  }
  throw new UserError(`${path} disappeared from ${source.path} during the import: import it again.`);
}

/**
 * Cuts a stream into records of `bytes` bytes. A record is a view of the stream's own buffers. An incomplete record at
 * the end is not yielded.
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

/** Tables of labels are read up to these bounds: one of ImageNet's has some 50 MB. */
const MOST_TEXTS = 64;
const TEXT_BYTES = 64 * 2 ** 20;
const ALL_TEXT_BYTES = 128 * 2 ** 20;

/**
 * The text files of a source that may say what its images show. Where there are too many, they are a text for each image
 * and not a table; only the tables proper are read then.
 */
export async function readTexts(source: Source): Promise<Map<string, string>> {
  const found = source.files.filter(({ path, bytes }) => TABLE.test(path) && bytes <= TEXT_BYTES);
  const tables = found.length > MOST_TEXTS ? found.filter(({ path }) => /\.(csv|tsv|jsonl)$/i.test(path)) : found;
  const texts = new Map<string, string>();
  if (tables.length === 0 || tables.length > MOST_TEXTS) return texts;
  let left = ALL_TEXT_BYTES;
  for await (const file of source.read(new Set(tables.map(({ path }) => path)))) {
    const text = await readWhole(file, Math.min(TEXT_BYTES, left)).catch((error: unknown) => {
      if (error instanceof UnusableFile) return undefined;
      throw error;
    });
    if (text === undefined) continue;
    left -= text.length;
    texts.set(file.path, text.toString('utf8'));
  }
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
