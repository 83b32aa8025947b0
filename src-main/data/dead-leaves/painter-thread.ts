import { parentPort } from 'node:worker_threads';
import { deadLeafImage, type DeadLeafImageOptions } from './image.ts';

/** A thread that paints images for `painted` (painters.ts): one array of pixels for each list of images, until it is terminated. */
parentPort!.on('message', (images: readonly DeadLeafImageOptions[]) => {
  const each = images.map(deadLeafImage);
  const pixels = new Uint8Array(each.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const image of each) {
    pixels.set(image, next);
    next += image.length;
  }
  parentPort!.postMessage(pixels, [pixels.buffer]);
});
