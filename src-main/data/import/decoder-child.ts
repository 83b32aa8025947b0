import { readFileSync } from 'node:fs';
import { blockOtherLoaders, decodeImage, Heavy, type DecodedImage, type Square } from './decode.ts';
import { unreadable } from './folder.ts';
import { UnusableFile } from './source.ts';

/**
 * The process that decodes images, one after the other, for as long as who started it lives. It says `ready`, then answers
 * each list of ToDecode with one of Decoded. An image that makes it crash costs others a second try, and nothing else.
 */

/** What `decodeImage` is given. */
export interface ToDecode extends Square {
  /** Its content, or where that stands. */
  readonly file: Buffer | string;
  readonly alone: boolean;
}

export type Decoded = DecodedImage | { readonly reason: string } | { readonly heavy: true };

// The process that started us receives these signals as well, and ends us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody is left to receive the pixels. SIGKILL, because an orderly exit would wait for native work to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

blockOtherLoaders();
process.on('message', (works: readonly ToDecode[]) => void decode(works));
process.send!('ready');

async function decode(works: readonly ToDecode[]): Promise<void> {
  const decoded: Decoded[] = [];
  for (const { file, alone, ...square } of works) decoded.push(await decodeFile(file, square, alone).catch(problemOf));
  process.send!(decoded);
}

async function decodeFile(file: Buffer | string, square: Square, alone: boolean): Promise<DecodedImage> {
  if (typeof file !== 'string') return decodeImage(file, square, alone);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw unreadable(error);
  }
  return decodeImage(content, square, alone);
}

function problemOf(error: unknown): Decoded {
  if (error instanceof Heavy) return { heavy: true };
  if (error instanceof UnusableFile) return { reason: error.message };
  throw error;
}
