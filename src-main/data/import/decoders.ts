import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { percent } from '../../common/numbers.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { startChild } from '../../process/supervised-child.ts';
import type { PackedImage } from '../packed/write.ts';
import type { Decoded, ToDecode } from './decoder-child.ts';
import type { DecodedImage, Square } from './decode.ts';
import { printable } from './names.ts';
import { UnusableFile } from './source.ts';

/** Milliseconds that one image may take: a photograph of 128 megapixels takes four seconds, and others may be at work. */
const PATIENCE = 30_000;
/** Milliseconds that a process may take until it has loaded its library. */
const START = 60_000;

/** Files that a process is given at once, and their bytes: to send small ones takes as long as to decode them. */
const MOST_FILES = 32;
const MOST_BYTES = 2 ** 20;

/** An image that waits for a process. */
interface Waiting {
  readonly work: ToDecode;
  readonly signal: AbortSignal | undefined;
  /** Whether it is to be alone with its process: it was among images that one did not survive. */
  readonly suspect: boolean;
  resolve(decoded: Decoded): void;
  reject(error: unknown): void;
}

/**
 * Processes that decode images, started when they are needed and kept for the next. Files are hostile, and the libraries that
 * decode them are native code: an image that takes too long or breaks its process costs that process, and is left out.
 */
export class Decoders {
  readonly #patience: number;
  readonly #idle = new Set<Decoder>();
  #free: number;
  #waiting: Waiting[] = [];
  /** Settles when no heavy image is at work. */
  #heavy: Promise<unknown> = Promise.resolve();

  /** @param most processes that decode at the same time */
  constructor({ most = Math.min(4, availableParallelism()), patience = PATIENCE } = {}) {
    this.#free = most;
    this.#patience = patience;
  }

  /**
   * `decodeImage` of decode.ts. Throws UnusableFile, also for an image that takes too long, and Cancelled when aborted.
   *
   * @param file its content, or the path of a small file, which is then read beside as well
   */
  async decode(file: Buffer | string, square: Square, signal?: AbortSignal): Promise<DecodedImage> {
    const first = await this.#ask({ file, ...square, alone: false }, signal);
    if ('pixels' in first) return first;
    if ('reason' in first) throw new UnusableFile(first.reason);
    const turn = this.#heavy.then(() => this.#ask({ file, ...square, alone: true }, signal));
    this.#heavy = turn.catch(() => {});
    const second = await turn;
    if ('pixels' in second) return second;
    throw new UnusableFile('reason' in second ? second.reason : 'too large');
  }

  #ask(work: ToDecode, signal: AbortSignal | undefined, suspect = false): Promise<Decoded> {
    const { promise, resolve, reject } = Promise.withResolvers<Decoded>();
    this.#waiting.push({ work, signal, suspect, resolve, reject });
    // Whoever asks for many does so before this.
    if (this.#waiting.length === 1) setImmediate(() => this.#handOut());
    return promise;
  }

  #handOut(): void {
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free--;
      void this.#decode(this.#nextBatch()).finally(() => {
        this.#free++;
        this.#handOut();
      });
    }
  }

  /** So many that other processes that are free get as many. */
  #nextBatch(): Waiting[] {
    const most = Math.min(MOST_FILES, Math.ceil(this.#waiting.length / (this.#free + 1)));
    let bytes = 0;
    const end = this.#waiting.findIndex(({ work, suspect, signal }, at) => {
      bytes += work.file.length;
      const [first] = this.#waiting;
      return at > 0 && (at === most || bytes > MOST_BYTES || suspect || first.suspect || signal !== first.signal);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #decode(batch: readonly Waiting[]): Promise<void> {
    const [{ signal }] = batch;
    try {
      if (signal?.aborted) throw new Cancelled();
      const decoder = this.#takeIdle() ?? (await Decoder.start());
      const works = batch.map(({ work }) => work);
      const reply = await decoder.decode(works, this.#patience, signal);
      if (decoder.alive) this.#idle.add(decoder);
      if (Array.isArray(reply)) for (const [at, { resolve }] of batch.entries()) resolve(reply[at]);
      else if (batch.length === 1) batch[0].resolve(reply);
      else for (const { work, resolve, reject } of batch) this.#ask(work, signal, true).then(resolve, reject);
    } catch (error) {
      for (const { reject } of batch) reject(error);
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

/** A decoded image as it is packed. @param file its path */
export function packedOf(
  { pixels, rows, columns, missing }: DecodedImage,
  file: string,
): Pick<PackedImage, 'pixels' | 'file' | 'side' | 'flaw'> {
  const lost = missing === undefined ? '' : missing < 0.005 ? 'its last bytes' : `its last ${percent(missing, 0)}`;
  const flaw = lost === '' ? undefined : { file: printable(file), reason: `cut off: ${lost} are missing and grey` };
  return { pixels, file, side: Math.min(rows, columns), flaw };
}

/** Those of this process. They end with it. */
export const decoders = new Decoders();

/** Why a process is no more. */
interface Ended {
  readonly reason: string;
}

/** One process. It keeps nobody waiting: our own process may end while it is idle. */
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

  /** What it makes of each, or why it is no more. */
  async decode(works: readonly ToDecode[], patience: number, signal?: AbortSignal): Promise<Decoded[] | Ended> {
    const cancel = () => this.#end();
    signal?.addEventListener('abort', cancel);
    try {
      if (signal?.aborted) throw new Cancelled();
      this.#child.send(works, () => {});
      const reply = (await this.#reply(patience, (how): Ended => ({ reason: `its decoder ${how}` }))) as
        Decoded[] | Ended;
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
