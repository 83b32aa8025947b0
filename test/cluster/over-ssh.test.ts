import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileSchema } from '../../src-main/cluster/profile.ts';
import { runCommand } from '../../src-main/cluster/slurm/command.ts';
import { Slurm } from '../../src-main/cluster/slurm/slurm.ts';
import { SpoolCopy } from '../../src-main/cluster/slurm/spool-copy.ts';
import { ClusterTrainings } from '../../src-main/cluster/trainings.ts';
import { onCluster } from '../../src-main/study/run/train-on-cluster.ts';
import { createTinyHome, runTinyStudy, tinyProtocol } from '../study/tiny-study.ts';
import { differences } from './on-slurm.ts';
import { type RealSlurm, startSlurm, whyNoSlurm } from './slurm.ts';
import { type SshHost, startSshHost, whyNoSsh } from './ssh-host.ts';

describe.skipIf((whyNoSlurm ?? whyNoSsh) !== undefined)('a cluster behind ssh', () => {
  let slurm: RealSlurm;
  let host: SshHost;
  beforeAll(async () => {
    slurm = await startSlurm();
    const { SLURM_CONF } = slurm.environment;
    host = await startSshHost({ environment: { SLURM_CONF } });
  });
  afterAll(async () => {
    await host.stop();
    await slurm.stop();
  });

  it('trains to the same bytes in a spool that this machine does not see', { timeout: 240_000 }, async () => {
    const [local, tiny] = [await createTinyHome(), await createTinyHome()];
    const [here, there] = ['here', 'there'].map((name) => mkdtempSync(join(tmpdir(), `transplant-${name}-`)));
    const profile = profileSchema.parse({
      ...{ name: 'far', ssh: 'frontend', spool: `${there}/it's`, before: [`export PATH=${host.programs}:$PATH`] },
    });
    const place = { ssh: 'frontend', environment: host.environment };
    try {
      const protocol = tinyProtocol(local.index, { treatments: ['transfer'] });
      await runTinyStudy(local, protocol);
      await runCommand(['mkdir', '-p', profile.spool], place);
      const scheduler = new Slurm(profile, undefined, host.environment);
      const copy = new SpoolCopy(here, profile.spool, place);
      const cluster = new ClusterTrainings({ spool: here, scheduler, copy, look: 500, ask: 1000 });
      const run = await runTinyStudy(tiny, protocol, () => false, onCluster(cluster));
      expect(run.outcome).toMatchObject({ failed: 0, skipped: 0 });
      expect(differences(tiny, local, run)).toEqual([]);
      // Nothing but what was asked for came along.
      expect(globSync(join(here, '**/*.part'))).toEqual([]);
      expect(existsSync(join(here, 'submissions'))).toBe(true);
    } finally {
      for (const home of [local, tiny]) home.dispose();
      for (const folder of [here, there]) rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(whyNoSsh !== undefined)('a host of ssh', () => {
  it.each([
    ['asks for a password', { knowsKey: false }, 'Permission denied (publickey,password'],
    ['has a key that nobody knows', { isKnown: false }, 'Host key verification failed.'],
  ])('that %s is named with the words of ssh', async (_, options, words) => {
    const host = await startSshHost(options);
    try {
      const asked = runCommand(['squeue'], { ssh: 'frontend', environment: host.environment });
      await expect(asked).rejects.toThrow(`ssh can't reach frontend: "`);
      await expect(asked).rejects.toThrow(words);
      await expect(asked).rejects.toThrow('try "ssh frontend" by itself.');
    } finally {
      await host.stop();
    }
  });
});
