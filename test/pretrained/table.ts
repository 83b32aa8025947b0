import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readNetwork } from '../../src-main/pretrained/read-network.ts';
import { python } from '../bench/contestant.ts';
import { logitsOf, relativeError } from './logits.ts';

/**
 * `TRANSPLANT_BENCH_PYTHON=python node test/pretrained/table.ts [NAME or FILE.pth ...]`: networks of torchvision and timm with random
 * weights, and files that were trained, read and computed here and by PyTorch (torch_networks.py): the largest difference of
 * a logit, by the largest logit. Beside it stands PyTorch's own error in float32, of four images, against float64.
 *
 *     --images n    so many images, instead of 64 and, of giants, fewer
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: '0' } },
});
const script = join(import.meta.dirname, 'torch_networks.py');
const run = (...args: string[]): string =>
  execFileSync(python(), [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

console.log('| network | read as | parameters | images | error | PyTorch itself |');
console.log('|---|---|--:|--:|--:|--:|');
for (const name of positionals.length > 0 ? positionals : run('list').split('\n')) {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-networks-'));
  try {
    const isFile = /\.pth?$|\.th$/.test(name);
    const [file, own] = run(folder, name, ...(isFile ? [] : [options.images])).split(' ');
    const network = await readNetwork(file);
    const images = floats(join(folder, 'images.f32'));
    const error = relativeError(await logitsOf(network, images), floats(join(folder, 'logits.f32')));
    const parameters = network.weights.values().reduce((sum, { data }) => sum + data.length, 0);
    const number = images.length / (3 * network.spec.inputSize ** 2);
    console.log(
      `| ${[name, network.origin, parameters, number, error.toExponential(1), Number(own).toExponential(1)].join(' | ')} |`,
    );
  } catch (error) {
    console.log(`| ${name} | ${String(error)} | | | | |`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
