import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { about, comparisonTable, compareRuns, obstacle, readRun, storeRun, type StoredRun } from './compare.ts';
import { spreadOf } from './spread.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const setting = (label: string, version: string, blocks: readonly number[]) => ({
  ...{ label, version, step: spreadOf(blocks), evaluation: spreadOf(blocks.map((speed) => 3 * speed)) },
});
const run = (speed: number, seconds: number): StoredRun => ({
  ...about(['step', 'study']),
  networks: {
    tiny: {
      settings: [
        setting('onnx, 2 x 1 thread', 'onnxruntime-node 1.30.0', [100 * speed, 120 * speed]),
        setting('torch, 2 x 1 thread', 'PyTorch 2.15.0', [90, 90]),
      ],
    },
  },
  study: { seconds: spreadOf([seconds]), torchSeconds: null },
});

describe('a run that is held against a stored one', () => {
  it('is compared block by block, with every setting that both have', () => {
    const file = join(folder, 'run.json');
    storeRun(file, run(1, 200));
    const stored = readRun(file) as StoredRun;
    expect(obstacle(stored, run(1, 200))).toBeUndefined();
    const found = Object.fromEntries(compareRuns(stored, run(1.5, 100)).map(({ what, ratio }) => [what, ratio]));
    expect(found['tiny, onnx, 2 x 1 thread: step']).toMatchObject({ median: 1.5, min: 1.5, max: 1.5 });
    expect(found['tiny, onnx, 2 x 1 thread: evaluation'].median).toBeCloseTo(1.5);
    expect(found['tiny, torch, 2 x 1 thread: step'].median).toBe(1);
    // Half of the seconds are twice the speed.
    expect(found['study, Transplant'].median).toBeCloseTo(2);
    expect(found).not.toHaveProperty('study, PyTorch');
    const table = comparisonTable(stored, run(1.5, 100));
    expect(table).toContain('PyTorch 2.15.0');
    expect(table).toMatch(/tiny, onnx, 2 x 1 thread: step +1\.50 \(1\.50 to 1\.50\)/);
  });

  it('has nothing to do with one of other settings or lengths', () => {
    const { networks: _, ...other } = run(1, 200);
    const study = { seconds: spreadOf([1, 2]), torchSeconds: null };
    expect(compareRuns({ ...other, study }, run(1, 200))).toEqual([]);
    expect(comparisonTable({ ...other, study }, run(1, 200))).toContain('nothing in common');
  });

  it('is refused in one sentence where the stored one is of another machine', () => {
    const here = run(1, 200);
    const other = { ...here, machine: { ...here.machine, processor: 'A Processor', cores: 96 } };
    expect(obstacle(other, here)).toMatch(/^The stored run is of another machine, A Processor with 96 cores .*\.$/);
  });

  it('is told where the file is none', () => {
    expect(readRun(join(folder, 'none.json'))).toContain("can't be read");
    const file = join(folder, 'other.json');
    writeFileSync(file, '{"networks":{}}');
    expect(readRun(file)).toContain('is not a stored run');
  });
});
