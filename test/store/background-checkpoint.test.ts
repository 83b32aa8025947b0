import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { type Checkpoint, writeCheckpoint, writeCheckpointInBackground } from '../../src-main/store/checkpoints.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transplant-background-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** More than is hashed at once, and not a multiple of it. */
function content(): Checkpoint {
  const data = Float32Array.from({ length: 5_000_003 }, (_, i) => i / 7);
  return {
    weights: new Map([
      ['large', { shape: [data.length], data }],
      ['small', { shape: [2], data: Float32Array.of(1, 2) }],
    ]),
    momentum: new Map([['small', { shape: [2], data: Float32Array.of(3, 4) }]]),
    metadata: { note: 'x' },
  };
}

test('a thread writes the same bytes, and the arrays have moved there: nothing was copied', async () => {
  const here = await writeCheckpoint(join(folder, 'here'), 7, content());
  const moved = content();
  const writing = writeCheckpointInBackground(join(folder, 'there'), 7, moved);
  expect([...moved.weights.values(), ...moved.momentum.values()].map(({ data }) => data.length)).toEqual([0, 0, 0]);
  const there = await writing;
  expect(there).toEqual({ ...here, file: join(folder, 'there', 'step-7.safetensors') });
  expect((await readFile(there.file)).equals(await readFile(here.file))).toBe(true);
  expect(await readdir(join(folder, 'there'))).toEqual(['step-7.safetensors']);
});

test('what a person can mend comes back as such', async () => {
  await writeFile(join(folder, 'file'), '');
  const writing = writeCheckpointInBackground(join(folder, 'file'), 1, content());
  await expect(writing).rejects.toThrow(UserError);
  await expect(writing).rejects.toThrow(/^Can't write a checkpoint in .*file \(EEXIST\)/);
});
