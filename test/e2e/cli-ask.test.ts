import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src-main/random.ts';
import { madeUpHome } from './made-up-home.ts';
import { giveWeights } from './made-up-weights.ts';

const program = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;
const SIZE = 32;

let home: string;
let folder: string;
let network: string;
/** Pixels of photos/<name>.png, which have the input's size, [3, 32, 32]. */
const pixels = new Map<string, Float32Array>();

beforeAll(async () => {
  const made = await madeUpHome([{ name: 'birds', replicates: 1, layers: [1], trainingSeed: 1 }]);
  ({ home } = made);
  await giveWeights(home, made.ids[0], 'A1B+');
  network = `${made.ids[0].slice(0, 6)}/A1B+`;
  folder = mkdtempSync(join(tmpdir(), 'transplant-ask-'));
  mkdirSync(join(folder, 'photos', 'deeper'), { recursive: true });
  for (const name of ['one', 'deeper/two']) {
    const stream = new RandomStream(7, name);
    const bytes = Buffer.from(Uint8Array.from({ length: 3 * SIZE ** 2 }, () => Math.floor(256 * stream.uniform())));
    const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
    await sharp(bytes, { raw })
      .png()
      .toFile(join(folder, 'photos', `${name}.png`));
    const plane = SIZE ** 2;
    pixels.set(
      `photos/${name}.png`,
      Float32Array.from(bytes, (_, at) => bytes[3 * (at % plane) + Math.floor(at / plane)]),
    );
  }
  await sharp({ create: { width: 90, height: 60, channels: 3, background: '#4080c0' } })
    .jpeg()
    .toFile(join(folder, 'photos', 'wide.jpg'));
  writeFileSync(join(folder, 'photos', 'cut.png'), readFileSync(join(folder, 'photos', 'one.png')).subarray(0, 900));
  writeFileSync(join(folder, 'photos', '.hidden'), '');
  for (const format of ['onnx', 'safetensors'])
    expect(transplant('network', 'export', network, '--out', `net.${format}`, '--home', home).status).toBe(0);
});
afterAll(() => [home, folder].forEach((path) => rmSync(path, { recursive: true })));

function transplant(...words: string[]) {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { status, stdout, stderr };
}

interface Line {
  readonly file: string;
  readonly class: string;
  readonly probabilities: Record<string, number>;
}
const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

// Processes that load everything: seconds on a quiet machine, minutes on one that is busy with other things.
describe('transplant predict', { timeout: 240_000 }, () => {
  it('answers as onnxruntime does with the exported model, of a run and of files alike', async () => {
    const session = await InferenceSession.create(join(folder, 'net.onnx'));
    for (const words of [[network, '--home', home], ['net.onnx'], ['net.safetensors']]) {
      const { status, stdout, stderr } = transplant('predict', ...words, 'photos', '--json');
      expect(status).toBe(0);
      expect(stderr).toBe('photos/cut.png is left out: the file is cut off.\n');
      const lines = linesOf(stdout);
      expect(lines.map(({ file }) => file)).toEqual(['photos/deeper/two.png', 'photos/one.png', 'photos/wide.jpg']);
      for (const { file, class: best, probabilities, ...more } of lines) {
        expect(more).toEqual({});
        const shares = Object.values(probabilities);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
        expect(probabilities[best]).toBe(Math.max(...shares));
        const values = pixels.get(file);
        if (!values) continue;
        const answer = await session.run({ images: new Tensor('float32', values, [1, 3, SIZE, SIZE]) });
        [...(answer.probabilities.data as Float32Array)].forEach((share, place) =>
          expect(Math.abs(shares[place] - share)).toBeLessThan(1e-5),
        );
      }
    }
    await session.release();
  });

  it('prints a table for people and comma-separated values for spreadsheets', () => {
    const { stdout: table } = transplant('predict', 'net.onnx', 'photos/wide.jpg');
    expect(table).toMatch(/^image +class +probability +else\n-+ .*\nphotos\/wide\.jpg +shape \d +\d+\.\d% +shape \d/);
    const { stdout: csv } = transplant('predict', 'net.onnx', 'photos/one.png', 'photos/wide.jpg', '--csv');
    const [head, ...rows] = csv.trimEnd().split('\n');
    expect(head).toMatch(/^file,class(,shape \d){4}$/);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^photos\/wide\.jpg,shape \d(,[\d.e-]+){4}$/);
  });

  it('says in a sentence what it can’t take', () => {
    const said = (...words: string[]) => transplant('predict', ...words).stderr;
    expect(said('net.onnx', 'nowhere.png')).toBe(
      'nowhere.png is left out: there is no such file.\nThere is no image to ask about: name images or folders of them.\n',
    );
    expect(said('photos/wide.jpg', 'photos')).toMatch(/^wide\.jpg can't be read as a network: .*\.\n$/);
    const model = readFileSync(join(folder, 'net.onnx'));
    const { length } = model;
    writeFileSync(join(folder, 'half.onnx'), model.subarray(0, length / 2));
    expect(said('half.onnx', 'photos')).toMatch(/^half\.onnx can't be read as a network: .*\.\n$/);
    const text = readFileSync(join(folder, 'net.safetensors')).toString('latin1');
    writeFileSync(join(folder, 'renamed.safetensors'), text.replace('"fc7.bias"', '"fc7.bies"'), 'latin1');
    expect(said('renamed.safetensors', 'photos')).toBe(
      "The network renamed.safetensors can't be used: it lacks the weights fc7.bias of 512 values that its network has.\n",
    );
    expect(said('nothing', 'photos', '--home', home)).toMatch(/^There is no training "nothing" in /);
  });
});
