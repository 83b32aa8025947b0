import { blockOtherLoaders, decodeImage, Heavy, type Resizing } from './decode.ts';
import { UnusableFile } from './source.ts';

/**
 * The process that decodes images, one after the other, for as long as who started it lives. It says `ready`, then answers
 * each ToDecode with a Decoded. An image that makes it crash costs nobody else anything.
 */

/** What `decodeImage` is given. */
export interface ToDecode {
  readonly file: Buffer;
  readonly size: number;
  readonly alone: boolean;
  readonly how?: Resizing;
}

export type Decoded = { readonly pixels: Uint8Array } | { readonly reason: string } | { readonly heavy: true };

// The process that started us receives these signals as well, and ends us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody is left to receive the pixels. SIGKILL, because an orderly exit would wait for native work to end.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

blockOtherLoaders();
process.on('message', ({ file, size, alone, how }: ToDecode) => {
  void decodeImage(file, size, alone, how)
    .then((pixels): Decoded => ({ pixels }), reply)
    .then((decoded) => process.send!(decoded));
});
process.send!('ready');

function reply(error: unknown): Decoded {
  if (error instanceof Heavy) return { heavy: true };
  if (error instanceof UnusableFile) return { reason: error.message };
  throw error;
}
