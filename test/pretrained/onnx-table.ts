import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { readNetwork } from '../../src-main/pretrained/read-network.ts';
import { python } from '../bench/contestant.ts';
import { logitsOf, relativeError } from './logits.ts';

/**
 * `TRANSPLANT_BENCH_PYTHON=python node test/pretrained/onnx-table.ts [FAMILY ... or FILE.onnx ...]`: classifiers of torchvision and
 * timm with random weights as both of PyTorch's exporters write them (onnx_families.py), or files that are there: the largest
 * difference of a logit from onnxruntime's, by the largest logit.
 *
 *     --images n    so many images of noise; 64 unless said
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: '64' } },
});
const run = (script: string, ...args: string[]): string =>
  execFileSync(python(), [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(file)).buffer);
const folder = mkdtempSync(join(tmpdir(), 'transplant-onnx-'));

console.log('| file | parameters | cuts | images | error | seconds to read |');
console.log('|---|--:|--:|--:|--:|--:|');
try {
  const files = positionals.filter((each) => each.endsWith('.onnx'));
  const families = positionals.filter((each) => !each.endsWith('.onnx'));
  if (families.length > 0 || files.length === 0) run('onnx_families.py', folder, ...families);
  for (const file of [...files, ...globSync(join(folder, '*.onnx')).toSorted()]) await row(file);
} finally {
  rmSync(folder, { recursive: true });
}

async function row(file: string): Promise<void> {
  try {
    const began = performance.now();
    const network = await readNetwork(file);
    const seconds = (performance.now() - began) / 1000;
    run('onnx_logits.py', file, options.images);
    const path = file.replace(/\.onnx$/, '');
    const error = relativeError(await logitsOf(network, floats(`${path}.images.f32`), 8), floats(`${path}.logits.f32`));
    const { cuts } = resolveNetwork(network.spec, network.classes);
    const parameters = network.weights.values().reduce((sum, { data }) => sum + data.length, 0);
    const cells = [basename(path), parameters, cuts.length, options.images, error.toExponential(1), seconds.toFixed(1)];
    console.log(`| ${cells.join(' | ')} |`);
  } catch (error) {
    console.log(`| ${basename(file)} | ${String(error)} | | | | |`);
  }
}
