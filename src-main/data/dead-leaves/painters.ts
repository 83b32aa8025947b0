import { Worker } from 'node:worker_threads';
import { executable } from '../../process/executable.ts';
import { imageBytes } from '../packed/format.ts';
import { deadLeafImage, type DeadLeafImageOptions } from './image.ts';

/** Bytes of pixels that a thread paints at once, and of all images from which on threads are worth their start. */
const BLOCK_BYTES = 2 ** 18;
const WORTH_THREADS = 2 ** 21;
/** Blocks that each thread has: it paints one while the last is written. */
const AHEAD = 2;

/** Paints images and gives them in their order. They are the same on any number of threads. */
export async function* painted(
  images: Iterable<DeadLeafImageOptions>,
  { count, size, threads }: { readonly count: number; readonly size: number; readonly threads: number },
): AsyncGenerator<Uint8Array> {
  const bytes = imageBytes(size);
  if (threads < 2 || count * bytes < WORTH_THREADS) {
    for (const image of images) yield deadLeafImage(image);
    return;
  }
  const painters = Array.from({ length: threads }, () => new Painter());
  const blocks = inBlocks(images, Math.max(1, Math.floor(BLOCK_BYTES / bytes)));
  const waiting: Promise<Uint8Array>[] = [];
  try {
    for (;;) {
      for (let next; waiting.length < AHEAD * threads && !(next = blocks.next()).done;) {
        const [painter] = painters.toSorted((one, other) => one.left - other.left);
        waiting.push(painter.paint(next.value));
      }
      const pixels = await waiting.shift();
      if (!pixels) return;
      for (let start = 0; start < pixels.length; start += bytes) yield pixels.subarray(start, start + bytes);
    }
  } finally {
    await Promise.all(painters.map((painter) => painter.end()));
  }
}

function* inBlocks<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let block: Item[] = [];
  for (const item of items) {
    block.push(item);
    if (block.length < size) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

class Painter {
  readonly #thread = new Worker(executable('painter').entry);
  readonly #waiting: PromiseWithResolvers<Uint8Array>[] = [];

  constructor() {
    this.#thread.on('message', (pixels: Uint8Array) => this.#waiting.shift()!.resolve(pixels));
    this.#thread.on('error', (error) => this.#fail(error));
    this.#thread.on('exit', (code) => this.#fail(new Error(`A thread that paints ended with code ${code}.`)));
  }

  /** Blocks that it still has to paint. */
  get left(): number {
    return this.#waiting.length;
  }

  paint(images: readonly DeadLeafImageOptions[]): Promise<Uint8Array> {
    const block = Promise.withResolvers<Uint8Array>();
    // Whoever waits for an earlier block isn't there yet to see it fail.
    block.promise.catch(() => {});
    this.#waiting.push(block);
    this.#thread.postMessage(images);
    return block.promise;
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  #fail(error: unknown): void {
    for (const block of this.#waiting.splice(0)) block.reject(error);
  }
}
