import { blockOtherLoaders, decodeImage, Heavy, type DecodedImage, type Square } from './decode.ts';
import { UnusableFile } from './source.ts';

/**
 * The process that decodes images, one after the other, for as long as who started it lives. It says `ready`, then answers
 * each ToDecode with a Decoded. An image that makes it crash costs nobody else anything.
 */

/** What `decodeImage` is given. */
export interface ToDecode extends Square {
  readonly file: Buffer;
  readonly alone: boolean;
}

export type Decoded = DecodedImage | { readonly reason: string } | { readonly heavy: true };

// The process that started us receives these signals as well, and ends us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody is left to receive the pixels. SIGKILL, because an orderly exit would wait for native work to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

blockOtherLoaders();
process.on('message', ({ file, alone, ...square }: ToDecode) => {
  void decodeImage(file, square, alone)
    .catch(reply)
    .then((decoded) => process.send!(decoded));
});
process.send!('ready');

function reply(error: unknown): Decoded {
  if (error instanceof Heavy) return { heavy: true };
  if (error instanceof UnusableFile) return { reason: error.message };
  throw error;
}
