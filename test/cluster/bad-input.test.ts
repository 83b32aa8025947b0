import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { probeCluster } from '../../src-main/app/cluster/probe.ts';
import { type Profile, profileSchema } from '../../src-main/cluster/profile.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { type RealSlurm, startSlurm, whyNoSlurm } from './slurm.ts';

describe.skipIf(whyNoSlurm !== undefined)(
  'a cluster that can not be used is told in a sentence with Slurm’s words',
  () => {
    let slurm: RealSlurm;
    let spool: string;
    beforeAll(async () => {
      slurm = await startSlurm();
      spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
    });
    afterAll(async () => {
      await slurm.stop();
      rmSync(spool, { recursive: true, force: true });
    });

    const probe = (given: Partial<Profile>) => {
      for (const name of ['SLURM_CONF', 'TRANSPLANT_NODE_FOLDER']) vi.stubEnv(name, slurm.environment[name]);
      onTestFinished(() => void vi.unstubAllEnvs());
      const profile = profileSchema.parse({ name: 'lab', spool, before: [], ...given });
      const signal = new AbortController().signal;
      return probeCluster(temporaryFolder(), profile, { signal, onWaiting: () => {}, look: 300 });
    };

    it('and one that can be used is found', async () => {
      expect(await probe({})).toMatchObject({ node: 'n1', cores: 1, engineProblem: null, remarks: [] });
    });

    it.each<[string, Partial<Profile>, string]>([
      ['partition is unknown', { partition: 'nowhere' }, 'sbatch refuses: "invalid partition specified: nowhere'],
      [
        'memory is more than nodes have',
        { memory: '900G' },
        'sbatch refuses: "Memory specification can not be satisfied',
      ],
      [
        'nodes have no graphics card',
        { gres: 'gpu:1' },
        'sbatch refuses: "Invalid generic resource (gres) specification"',
      ],
      ['time is no time', { time: '1:2:3:4:5' }, 'sbatch refuses: "Invalid --time specification"'],
      ['program is not on the nodes', { before: ['exec transplant'] }, "The node can't start Transplant"],
    ])('whose %s', async (_, given, words) => {
      await expect(probe(given)).rejects.toThrow(words);
    });

    it('whose spool is on a full disk', async () => {
      const full = mkdtempSync(join(tmpdir(), 'transplant-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
      try {
        expect(() => writeFileSync(join(full, 'filler'), Buffer.alloc(100_000))).toThrow('ENOSPC');
        await expect(probe({ spool: full })).rejects.toThrow(/^The spool .* can't be used \(.*no space left/i);
      } finally {
        execFileSync('umount', [full]);
        rmSync(full, { recursive: true });
      }
    });

    it('whose spool is another folder on the nodes', async () => {
      // Both nodes see an empty folder there, as they do with /tmp.
      for (const node of ['n1', 'n2'] as const) {
        slurm.kill(node);
        slurm.run('unshare', '--mount', 'sh', '-c', `mount -t tmpfs tmpfs ${spool} && slurmd -N ${node}`);
      }
      await expect(probe({})).rejects.toThrow(
        `nothing that it wrote is in ${spool}: is this the same folder on the nodes`,
      );
    });

    it('where there is no sbatch', async () => {
      vi.stubEnv('PATH', temporaryFolder());
      await expect(probe({})).rejects.toThrow(
        /^There is no sbatch on this machine \(".*ENOENT"\): is Slurm installed there/,
      );
    });
  },
);
