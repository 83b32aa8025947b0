import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Bytes that are read at once. */
const PIECE = 2 ** 20;

/** SHA-256 of a file's bytes, in hexadecimal. Throws what the file system throws. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: PIECE })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
