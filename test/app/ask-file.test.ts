import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askNetwork, type Answers } from '../../src-main/app/answers/ask.ts';
import { networkNamed } from '../../src-main/app/answers/network.ts';
import { readNetwork } from '../../src-main/pretrained/read-network.ts';
import { RandomStream } from '../../src-main/random.ts';
import { encodeSafetensors } from '../../src-main/store/safetensors.ts';
import { logitsOf, relativeError } from '../pretrained/logits.ts';
import { fixture, stateDict } from '../pretrained/narrow.ts';

/** The network reads the centre of 64 pixels, the half of an image of 128. */
const SIZE = 64;
const CROP = 0.5;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-ask-file-'));
  const values = [...stateDict(fixture('resnet'))].map(
    ([name, { shape, read }]) => [name, { shape, data: read() }] as const,
  );
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat(encodeSafetensors(new Map(values), {})));
  const config = {
    label_names: ['crane', 'bee', 'crane', 'dog', 'crane'],
    pretrained_cfg: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4], input_size: [3, SIZE, SIZE], crop_pct: CROP },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A square of noise, [3, size, size], also as a PNG. */
async function noise(name: string, size: number): Promise<{ file: string; pixels: Uint8Array }> {
  const random = new RandomStream('ask', name);
  const plane = size ** 2;
  const bytes = Uint8Array.from({ length: 3 * plane }, () => random.integer(256));
  const file = join(folder, `${name}.png`);
  await sharp(bytes, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toFile(file);
  return { file, pixels: bytes.map((_, at) => bytes[3 * (at % plane) + Math.floor(at / plane)]) };
}

const ask = async (...images: string[]): Promise<Answers> =>
  askNetwork(await networkNamed({ file: folder }), images, 1, {
    signal: new AbortController().signal,
    onProgress: () => {},
  });

it('an image of the size that the network reads is taken as it is, of a larger one the centre', async () => {
  const read = await readNetwork(folder);
  const { mean, deviation } = read.pixels;
  // What an answer's probabilities are made from, less the largest: they themselves are nearly 0 and 1.
  const wanted = async (pixels: Uint8Array) => {
    const values = Float32Array.from(pixels, (pixel, at) => {
      const channel = Math.floor(at / SIZE ** 2);
      return (pixel - mean[channel]) / deviation[channel];
    });
    const logits = await logitsOf(read, values, 1);
    return logits.map((logit) => logit - Math.max(...logits));
  };
  const [own, larger] = [await noise('own', SIZE), await noise('larger', SIZE / CROP)];
  const margin = (SIZE / CROP - SIZE) / 2;
  const centre = Uint8Array.from({ length: 3 * SIZE ** 2 }, (_, at) => {
    const [channel, row, column] = [Math.floor(at / SIZE ** 2), Math.floor(at / SIZE) % SIZE, at % SIZE];
    return larger.pixels[((channel * SIZE) / CROP + margin + row) * (SIZE / CROP) + margin + column];
  });
  const { answers } = await ask(own.file, larger.file);
  for (const [place, pixels] of [own.pixels, centre].entries()) {
    const found = Float32Array.from(answers[place].probabilities, (share) => Math.log(share));
    expect(relativeError(found, await wanted(pixels))).toBeLessThan(1e-4);
  }
});

it('classes that a file gives the same name are told apart', async () => {
  const { file } = await noise('any', SIZE);
  expect((await ask(file)).classes).toEqual(['crane', 'bee', 'crane (2)', 'dog', 'crane (4)']);
});
