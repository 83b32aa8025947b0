import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { madeUpHome } from './made-up-home.ts';
import { giveWeights } from './made-up-weights.ts';

const program = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;

it('a trained network leaves the program as a file that others read', async () => {
  const { home, ids } = await madeUpHome([{ name: 'birds', replicates: 1, layers: [1], trainingSeed: 1 }]);
  const { run, weights } = await giveWeights(home, ids[0], 'A1B+');
  const cwd = mkdtempSync(join(tmpdir(), 'transplant-export-'));
  const transplant = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words, '--home', home], {
      ...{ cwd, encoding: 'utf8' },
    });
    return { status, stdout, stderr };
  };

  expect(transplant('network', 'export', `${ids[0].slice(0, 6)}/A1B+`)).toMatchObject({
    ...{ status: 0, stderr: '' },
    stdout: expect.stringMatching(/^The network is in .*\/birds-A1B\+\.onnx \([\d.]+ MiB\)\.\n$/),
  });
  const session = await InferenceSession.create(join(cwd, 'birds-A1B+.onnx'));
  const images = new Tensor('float32', new Float32Array(2 * 3 * 32 * 32).fill(128), [2, 3, 32, 32]);
  const { probabilities } = await session.run({ images });
  expect(probabilities.dims).toEqual([2, 4]);
  await session.release();

  const json = transplant('network', 'export', run.slice(0, 10), '--out', 'mine.safetensors', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ type: 'network-file', run, format: 'safetensors', mean: true });
  const { tensors, metadata } = decodeSafetensors(readFileSync(join(cwd, 'mine.safetensors')));
  expect(tensors.get('fc8.weight')).toEqual(weights.get('fc8.weight'));
  expect(metadata.run).toBe('A1B+');

  expect(transplant('network', 'export', `${ids[0]}/A1B`)).toMatchObject({
    ...{ status: 1, stdout: '' },
    stderr: expect.stringContaining('The weights of A1B are not here'),
  });
  expect(readdirSync(cwd).sort()).toEqual(['birds-A1B+.onnx', 'mine.safetensors']);
});
