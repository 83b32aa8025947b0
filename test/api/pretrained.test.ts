import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { isUpload, newUploadPlace } from '../../src-main/app/workspace/uploads.ts';
import { foreignWeights, onnxModel, safetensors } from '../pretrained/pretrained-file.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { connectTo, openDesk, tinyRequest } from './in-memory.ts';

const written = (name: string, bytes: Uint8Array, folder = temporaryFolder()): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
};
const keptIn = (home: string) => (existsSync(join(home, 'pretrained')) ? readdirSync(join(home, 'pretrained')) : []);
const idle = async (workspace: Workspace): Promise<void> => {
  for await (const activity of workspace.watch()) if (activity.study === null && activity.preparing === null) return;
};

/** A workspace, and a pretrained network that it keeps. */
async function openKeeping() {
  const { workspace, home, set } = await openDesk();
  const { api } = connectTo(workspace);
  const { layers: _, ...request } = tinyRequest(set);
  const { network } = request;
  const keep = (name: string, bytes: Uint8Array) =>
    api.networks.keepPretrained({ network, file: written(name, bytes) });
  const pretrained = await keep('vgg.onnx', onnxModel('Gemm'));
  return { workspace, home, api, keep, pretrained, request: { ...request, pretrained } };
}

// Processes that load everything: seconds on a quiet machine, a minute on one that is busy with other things.
describe('a pretrained network that a window chose', { timeout: 180_000 }, () => {
  it('is kept by its hash, what a browser sent is not', async () => {
    const { home, api, pretrained, request } = await openKeeping();
    const { network } = request;
    expect(pretrained).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), name: 'vgg.onnx', layers: 2 });
    expect(keptIn(home)).toEqual([`${pretrained.sha256}.safetensors`]);
    const file = written('vgg.safetensors', safetensors(foreignWeights), newUploadPlace(home));
    expect(isUpload(home, file)).toBe(true);
    expect((await api.networks.keepPretrained({ network, file })).sha256).toBe(pretrained.sha256);
    expect(existsSync(file)).toBe(false);
    const evil = written('evil.onnx', Buffer.from('hello'), newUploadPlace(home));
    await expect(api.networks.keepPretrained({ network, file: evil })).rejects.toThrow(
      "The pretrained file evil.onnx can't be used: it is neither safetensors nor an ONNX model. Choose another file, or leave it out.",
    );
    expect(existsSync(evil)).toBe(false);
    await expect(api.networks.keepPretrained({ network, file: 'vgg.onnx' })).rejects.toThrow(/is not an absolute path/);
    expect(keptIn(home)).toHaveLength(1);
  });

  it('is planned and estimated: no baseA, and the n that it has', async () => {
    const { api, pretrained, request } = await openKeeping();
    const names = async (change: object) =>
      (await api.studies.plan({ ...request, ...change })).runs.map(({ name }) => name).join(' ');
    // Of the preset's n = 1, 4, 7 it has one.
    expect(await names({})).toBe('baseB B1B B1B+ A1B A1B+ R1B');
    expect(await names({ pretrained: undefined, layers: [1] })).toBe('baseA baseB B1B B1B+ A1B A1B+ R1B');
    expect(await names({ layers: [1, 2], treatments: ['transfer'] })).toBe('baseB A1B A2B');
    expect(await api.studies.estimate({ ...request, treatments: ['transfer'] })).toMatchObject({ trainings: 2 });
    await expect(api.studies.plan({ ...request, bothDirections: true })).rejects.toThrow('nothing to transfer to A');
    const network = { builtIn: 'alexnet-32' };
    const misfit = /^The pretrained file vgg.onnx was read for another network than alexnet-32/;
    await expect(api.networks.fitPretrained({ network, pretrained })).rejects.toThrow(misfit);
    await expect(api.studies.plan({ ...request, network: { builtIn: 'alexnet' } })).rejects.toThrow(/than alexnet/);
    await expect(api.studies.run({ ...request, network })).rejects.toThrow(misfit);
    const gone = { ...pretrained, sha256: 'ab'.repeat(32) };
    await expect(api.studies.run({ ...request, pretrained: gone })).rejects.toThrow(/are no longer in .*: choose it/);
  });

  it('is removed with the last study that has it, but not while it is chosen for the next', async () => {
    const { workspace, home, api, keep, pretrained, request } = await openKeeping();
    const changed = { shape: [4], data: new Float32Array(4).fill(0.5) };
    const other = await keep('other.onnx', onnxModel('Gemm', new Map(foreignWeights).set('conv1.bias', changed)));
    const brief = { ...request, treatments: ['transfer' as const], layers: [1], epochs: 1 };
    const studies: string[] = [];
    for (const change of [{}, { layers: [2] }, { pretrained: other }]) {
      studies.push((await api.studies.run({ ...brief, ...change })).study);
      await idle(workspace);
    }
    const { curves, command } = await api.studies.results({ study: studies[0] });
    expect(curves.map(({ name }) => name)).toEqual(['baseB', 'AnB']);
    expect(command).toContain('--pretrained vgg.onnx');
    const [first, second] = [pretrained, other].map(({ sha256 }) => `${sha256}.safetensors`);
    await api.home.remember({ key: 'draft', value: JSON.stringify({ pretrained: other }) });
    const removeForGood = async (study: string) => {
      await api.studies.remove({ study });
      await api.bin.remove({ kind: 'study', id: study });
    };
    await removeForGood(studies[2]);
    await removeForGood(studies[0]);
    expect(keptIn(home).sort()).toEqual([first, second].sort());
    // A study that can be brought back still needs it.
    await api.studies.remove({ study: studies[1] });
    expect(keptIn(home).sort()).toEqual([first, second].sort());
    await api.bin.remove({ kind: 'study', id: studies[1] });
    expect(keptIn(home)).toEqual([second]);

    await api.home.remember({ key: 'draft', value: '{}' });
    const unfinished = join(home, 'pretrained', '.0c5aa2b1-7a0e-4f3e-9d8e-5f1f0a4c2b11');
    mkdirSync(unfinished);
    writeFileSync(join(home, 'pretrained', 'my notes.txt'), 'content');
    await workspace.close();
    workspace.open();
    expect(keptIn(home)).toEqual(['my notes.txt']);
  });
});
