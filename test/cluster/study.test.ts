import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTinyHome, runTinyStudy, tinyProtocol, type TinyHome, type TinyRun } from '../study/tiny-study.ts';
import { FAULTS, tryFault, undisturbed } from './faults.ts';
import { differences, onSlurm } from './on-slurm.ts';
import { type RealSlurm, startSlurm, whyNoSlurm } from './slurm.ts';

describe.skipIf(whyNoSlurm !== undefined)('a study on two nodes of Slurm', () => {
  let slurm: RealSlurm;
  let local: TinyHome;
  let whole: TinyRun;
  beforeAll(async () => {
    slurm = await startSlurm();
    local = await createTinyHome();
    whole = await runTinyStudy(local, tinyProtocol(local.index));
  }, 180_000);
  afterAll(async () => {
    await slurm.stop();
    local.dispose();
  });

  it('ends with the same bytes as on this machine', async () => {
    const there = await onSlurm(slurm);
    try {
      const run = await there.study();
      expect(run.outcome).toEqual({ ...whole.outcome });
      expect(differences(there.tiny, local, run)).toEqual([]);
    } finally {
      there.dispose();
    }
  });

  it('whose worker is killed goes on from its checkpoint to the same bytes', { timeout: 240_000 }, async () => {
    const fault = FAULTS.find(({ name }) => name === 'kill -9 of a worker')!;
    const reference = await undisturbed(fault);
    try {
      expect((await tryFault(slurm, fault, reference)).lost).toEqual([]);
    } finally {
      reference.dispose();
    }
  });
});
