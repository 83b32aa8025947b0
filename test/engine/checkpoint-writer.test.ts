import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CheckpointWriter } from '../../src-main/engine/trainer/checkpoint-writer.ts';
import type { Checkpoint, WrittenCheckpoint } from '../../src-main/store/checkpoints.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transplant-writing-'));
});
afterEach(() => rm(folder, { recursive: true }));

const content = (): Checkpoint => ({
  weights: new Map([['w', { shape: [100], data: new Float32Array(100) }]]),
  momentum: new Map([['w', { shape: [100], data: new Float32Array(100) }]]),
  metadata: {},
});

/** A disk that writes when it is told to: what was begun, in order, and the steps that were said to be written. */
function slowDisk() {
  const begun: { step: number; end: (written: WrittenCheckpoint) => void; fail: (error: Error) => void }[] = [];
  const said: number[] = [];
  const writing = new CheckpointWriter({
    folder,
    onWritten: (step) => said.push(step),
    large: 800,
    inBackground: (_folder, step) => new Promise((resolve, reject) => begun.push({ step, end: resolve, fail: reject })),
  });
  const end = (index: number) => begun[index].end({ file: '', sha256: '', bytes: 0 });
  return { writing, begun, said, end };
}

test('a large checkpoint lets the training go on while it is written, and is said when it is', async () => {
  const { writing, said, end } = slowDisk();
  await writing.write(7, content());
  expect(writing.isUnderWay).toBe(true);
  expect(said).toEqual([]);
  end(0);
  await writing.finish();
  expect(writing.isUnderWay).toBe(false);
  expect(said).toEqual([7]);
});

test('never are two written at once, and they are said in their order', async () => {
  const { writing, begun, said, end } = slowDisk();
  await writing.write(1, content());
  const second = writing.write(2, content());
  await new Promise(setImmediate);
  expect(begun.map(({ step }) => step)).toEqual([1]);
  end(0);
  await second;
  expect(begun.map(({ step }) => step)).toEqual([1, 2]);
  expect(said).toEqual([1]);
  end(1);
  await writing.finish();
  expect(said).toEqual([1, 2]);
});

test('what kept a checkpoint from being written in the background is thrown at the next step, and again at the end', async () => {
  const { writing, begun, said } = slowDisk();
  await writing.write(1, content());
  begun[0].fail(new Error('no room'));
  await new Promise(setImmediate);
  expect(() => writing.isUnderWay).toThrow('no room');
  await expect(writing.write(2, content())).rejects.toThrow('no room');
  await expect(writing.finish()).rejects.toThrow('no room');
  expect(begun).toHaveLength(1);
  expect(said).toEqual([]);
});

test('a small checkpoint needs no thread, and is on the disk when it is said', async () => {
  const files: string[] = [];
  const writing = new CheckpointWriter({
    ...{ folder, large: 801, onWritten: (_: number, { file }: WrittenCheckpoint) => files.push(file) },
    inBackground: () => Promise.reject(new Error('no thread')),
  });
  await writing.write(3, content());
  expect(writing.isUnderWay).toBe(true);
  await writing.finish();
  expect(files).toEqual([join(folder, 'step-3.safetensors')]);
  expect(existsSync(files[0])).toBe(true);
});
