import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

/** Bytes that are read at once: a thousand entries of a directory, or a small image with its header. */
const BLOCK = 2 ** 16;

/**
 * A zip on the disk, read in blocks. yauzl asks for each entry's 46 bytes, name and header by themselves, which for archives of many
 * small files is most of the work. One block is of the directory and one of the content that it leads to.
 */
export class ZipFile extends RandomAccessReader {
  readonly #path: string;
  readonly #before: number;
  readonly #descriptor: number;
  #blocks: readonly { readonly start: number; readonly bytes: Buffer }[] = [];

  /** @param before bytes in front of the archive, such as a program that unpacks it */
  constructor(path: string, before: number) {
    super();
    this.#path = path;
    this.#before = before;
    this.#descriptor = openSync(path, 'r');
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    let error: Error | null = null;
    try {
      this.#bytes(position, length).copy(buffer, offset);
    } catch (thrown) {
      error = thrown as Error;
    }
    process.nextTick(callback, error);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    if (end - start > BLOCK)
      return createReadStream(this.#path, { start: start + this.#before, end: end + this.#before - 1 });
    const stream = new PassThrough();
    try {
      stream.end(Buffer.from(this.#bytes(start, end - start)));
    } catch (error) {
      stream.destroy(error as Error);
    }
    return stream;
  }

  override close(callback: (error: Error | null) => void): void {
    closeSync(this.#descriptor);
    setImmediate(callback, null);
  }

  /** Valid until the next call but one. */
  #bytes(position: number, length: number): Buffer {
    const known = this.#blocks.find(
      ({ start, bytes }) => position >= start && position + length <= start + bytes.length,
    );
    const block = known ?? { start: position, bytes: this.#block(position, Math.max(length, BLOCK)) };
    if (block !== this.#blocks[0]) this.#blocks = [block, ...this.#blocks.filter((one) => one !== block)].slice(0, 2);
    if (position + length > block.start + block.bytes.length) throw new Error('unexpected end of the file');
    return block.bytes.subarray(position - block.start, position - block.start + length);
  }

  #block(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(this.#descriptor, bytes, filled, length - filled, position + this.#before + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  }
}
