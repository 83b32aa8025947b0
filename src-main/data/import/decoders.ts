import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Cancelled, UserError } from '../../errors.ts';
import { startChild } from '../../process/supervised-child.ts';
import type { PackedImage } from '../packed/write.ts';
import type { Decoded, ToDecode } from './decoder-child.ts';
import type { DecodedImage, Square } from './decode.ts';
import { printable } from './names.ts';
import { plainPng } from './plain-png.ts';
import { UnusableFile } from './source.ts';

/** Milliseconds that one image may take: a photograph of 128 megapixels takes four seconds, and others may be at work. */
const PATIENCE = 30_000;
/** Milliseconds that a process may take until it has loaded its library. */
const START = 60_000;

/**
 * Processes that decode images, started when they are needed and kept for the next. Files are hostile, and the libraries that
 * decode them are native code: an image that takes too long or breaks its process costs that process, and is left out.
 */
export class Decoders {
  readonly #patience: number;
  readonly #idle = new Set<Decoder>();
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** Settles when no heavy image is at work. */
  #heavy: Promise<unknown> = Promise.resolve();

  /** @param most images that are decoded at the same time, each by one process */
  constructor({ most = Math.min(4, availableParallelism()), patience = PATIENCE } = {}) {
    this.#free = most;
    this.#patience = patience;
  }

  /** `decodeImage` of decode.ts. Throws UnusableFile, also for an image that takes too long, and Cancelled when aborted. */
  async decode(file: Buffer, square: Square, signal?: AbortSignal): Promise<DecodedImage> {
    const asItIs = unchanged(file, square);
    if (asItIs !== undefined) return asItIs;
    const first = await this.#ask({ file, ...square, alone: false }, signal);
    if ('pixels' in first) return first;
    if ('reason' in first) throw new UnusableFile(first.reason);
    const turn = this.#heavy.then(() => this.#ask({ file, ...square, alone: true }, signal));
    this.#heavy = turn.catch(() => {});
    const second = await turn;
    if ('pixels' in second) return second;
    throw new UnusableFile('reason' in second ? second.reason : 'too large');
  }

  async #ask(work: ToDecode, signal?: AbortSignal): Promise<Decoded> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const decoder = this.#takeIdle() ?? (await Decoder.start());
      const reply = await decoder.decode(work, this.#patience, signal);
      if (decoder.alive) this.#idle.add(decoder);
      return reply;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  #takeIdle(): Decoder | undefined {
    for (const decoder of this.#idle) {
      this.#idle.delete(decoder);
      if (decoder.alive) return decoder;
    }
    return undefined;
  }
}

/** A small plain PNG of the wanted size, whose pixels are decoded here at once; undefined for all others. */
function unchanged(file: Buffer, { size }: Square): DecodedImage | undefined {
  const raw = plainPng(file, size);
  if (raw === undefined) return undefined;
  const area = size * size;
  const pixels = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const from = raw.channels === 1 ? 0 : channel;
    for (let pixel = 0; pixel < area; pixel++) pixels[channel * area + pixel] = raw.pixels[pixel * raw.channels + from];
  }
  return { pixels, rows: size, columns: size };
}

/** A decoded image as it is packed. @param file its path */
export function packedOf(
  { pixels, rows, columns, missing }: DecodedImage,
  file: string,
): Pick<PackedImage, 'pixels' | 'side' | 'flaw'> {
  const lost =
    missing === undefined ? '' : missing < 0.005 ? 'its last bytes' : `its last ${(100 * missing).toFixed(0)} %`;
  const flaw = lost === '' ? undefined : { file: printable(file), reason: `cut off: ${lost} are missing and grey` };
  return { pixels, side: Math.min(rows, columns), flaw };
}

/** Those of this process. They end with it. */
export const decoders = new Decoders();

/** One process, which decodes one image at a time. It keeps nobody waiting: our own process may end while it is idle. */
class Decoder {
  readonly #child: ChildProcess;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // Of a process that is gone, a message that it can't get is no error.
    child.on('error', () => {}).once('exit', () => (this.#ended = true));
  }

  /** Throws a UserError if it can't be started, or can't load its library. */
  static async start(): Promise<Decoder> {
    const child = startChild('decoder', 'ignore');
    child.unref();
    child.channel?.unref();
    const decoder = new Decoder(child);
    const ready = await decoder.#reply(START, (how) => how);
    if (ready !== 'ready')
      throw new UserError(
        `Images can't be decoded here: the process for it ${String(ready)}; "npx transplant doctor" examines what it needs.`,
      );
    return decoder;
  }

  get alive(): boolean {
    return !this.#ended;
  }

  async decode(work: ToDecode, patience: number, signal?: AbortSignal): Promise<Decoded> {
    const cancel = () => this.#end();
    signal?.addEventListener('abort', cancel);
    try {
      if (signal?.aborted) throw new Cancelled();
      this.#child.send(work, () => {});
      const reply = (await this.#reply(patience, (how) => ({ reason: `its decoder ${how}` }))) as Decoded;
      if (signal?.aborted) throw new Cancelled();
      return reply;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Its next message, or what `otherwise` makes of how it ended. */
  #reply<T>(patience: number, otherwise: (how: string) => T): Promise<unknown> {
    const child = this.#child;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const late = setTimeout(() => {
      this.#end();
      resolve(otherwise(`was not done after ${patience / 1000} seconds`));
    }, patience);
    const failed = (error: Error) => resolve(otherwise(`could not be started (${error.message})`));
    const gone = (code: number | null, killedBy: NodeJS.Signals | null) =>
      resolve(otherwise(killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`));
    child.once('message', resolve).once('error', failed).once('exit', gone);
    return promise.finally(() => {
      clearTimeout(late);
      child.off('message', resolve).off('error', failed).off('exit', gone);
    });
  }

  #end(): void {
    this.#ended = true;
    this.#child.kill('SIGKILL');
  }
}
