import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examineWebgpu } from '../../src-main/app/doctor/libraries.ts';
import { adapterOf, findAdapter } from '../../src-main/engine/onnx/gpu/adapter.ts';
import { loadEngine } from '../../src-main/engine/select.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { softwareAdapter } from './software-adapter.ts';

const env = softwareAdapter();

test.skipIf(!env)('SwiftShader is found, and known for software', async () => {
  const adapter = await findAdapter(env);
  expect(adapter).toEqual({ name: expect.stringContaining('SwiftShader'), kind: 'software' });
  const finding = await examineWebgpu(() => Promise.resolve(adapter));
  expect(finding).toMatchObject({ name: 'engine onnx-webgpu', status: 'note' });
  expect(finding.text).toMatch(/SwiftShader.*which is software.*used only with --engine onnx-webgpu/);
});

test.runIf(process.platform === 'linux')(
  'where there is no adapter, doctor and the engine say so in a sentence, with the way out',
  async () => {
    const nothing = { ...process.env, VK_ICD_FILENAMES: `${temporaryFolder()}/none.json`, LD_LIBRARY_PATH: '/nowhere' };
    const none = findAdapter(nothing);
    await expect(none).rejects.toThrow(
      /^WebGPU does not work here: no graphics card was found[^\n]* take the engine onnx\.$/,
    );
    const finding = await examineWebgpu(() => none);
    expect(finding).toMatchObject({ status: 'note', text: expect.stringContaining('transplant doctor') });
  },
);

test.runIf(process.platform === 'linux')('a network that a card refuses is named, with the way out', () => {
  const env = { ...process.env, VK_ICD_FILENAMES: `${temporaryFolder()}/none.json`, LD_LIBRARY_PATH: '/nowhere' };
  const child = join(import.meta.dirname, 'webgpu-refusal-child.ts');
  const { stdout } = spawnSync(process.execPath, [child], { env, encoding: 'utf8' });
  expect(stdout).toMatch(
    /^The network "random" does not run on this graphics card \([^\n]+\): train it with the engine onnx\.$/,
  );
});

test('CUDA that is not installed is said plainly', async () => {
  await expect(loadEngine('onnx-cuda')).rejects.toThrow(/The library for CUDA is not installed.*take the engine onnx/);
});

const using = (name: string) =>
  `DRIVER:   Using "${name}" with driver: "/usr/lib/x86_64-linux-gnu/libvulkan_driver.so"`;
test.each([
  ['llvmpipe (LLVM 15.0.6, 256 bits)', 'software'],
  ['SwiftShader Device (Subzero)', 'software'],
  ['NVIDIA GeForce RTX 4090', 'hardware'],
  ['AMD Radeon RX 7900 XTX (RADV NAVI31)', 'hardware'],
  ['Intel(R) Arc(tm) A770 Graphics (DG2)', 'hardware'],
] as const)('of the adapters, %s is %s', (name, kind) => {
  expect(adapterOf(`INFO: [0] another one\n${using(name)}\n`, 'linux')).toEqual({ name, kind });
});

test('a platform that does not name its adapter is not said to have one in hardware', () => {
  expect(adapterOf('', 'linux').kind).toBe('unknown');
  expect(adapterOf('', 'win32').kind).toBe('unknown');
});
