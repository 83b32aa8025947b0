import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkAcceptance } from '../../src-main/app/cluster/open-cluster.ts';
import { probeCluster } from '../../src-main/app/cluster/probe.ts';
import { type Profile, profileSchema } from '../../src-main/cluster/profile.ts';
import { Slurm } from '../../src-main/cluster/slurm/slurm.ts';
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

    const profileOf = (given: Partial<Profile>) => {
      for (const name of ['SLURM_CONF', 'TRANSPLANT_NODE_FOLDER']) vi.stubEnv(name, slurm.environment[name]);
      onTestFinished(() => void vi.unstubAllEnvs());
      return profileSchema.parse({ name: 'lab', spool, before: [], ...given });
    };
    const probe = (given: Partial<Profile>) => {
      const signal = new AbortController().signal;
      return probeCluster(temporaryFolder(), profileOf(given), { signal, onWaiting: () => {}, look: 300 });
    };

    it('and one that can be used is found', async () => {
      expect(await probe({})).toMatchObject({ node: 'n1', cores: 1, engineProblem: null, remarks: [] });
    });

    it.each<[string, Partial<Profile>, string]>([
      ['partition is unknown', { partition: 'nowhere' }, 'invalid partition specified: nowhere'],
      ['memory is more than nodes have', { memory: '900G' }, 'Memory specification can not be satisfied'],
      ['nodes have no such resource', { gres: 'fpga:1' }, 'Invalid generic resource (gres) specification'],
      ['nodes have fewer graphics cards', { gres: 'gpu:2' }, 'Requested node configuration is not available'],
      ['time is no time', { time: '1:2:3:4:5' }, 'Invalid --time specification'],
    ])('whose %s', async (_, given, words) => {
      await expect(probe(given)).rejects.toThrow(`sbatch refuses: "`);
      await expect(probe(given)).rejects.toThrow(words);
      // A study is refused before anything is made for it.
      await expect(checkAcceptance(profileOf(given))).rejects.toThrow(
        'The cluster lab takes no jobs as it is described; Slurm says "',
      );
      await expect(checkAcceptance(profileOf(given))).rejects.toThrow(words);
      expect(slurm.run('squeue', '--noheader')).toBe('');
    });

    it('whose program is not on the nodes', async () => {
      await expect(probe({ before: ['exec transplant'] })).rejects.toThrow("The node can't start Transplant");
    });

    it('whose nodes have no graphics card, or another processor than this machine, as a remark', async () => {
      const other = encodeURIComponent(
        'import os from "node:os"; import { syncBuiltinESMExports } from "node:module"; os.cpus = () => [{ model: "Abacus" }]; syncBuiltinESMExports();',
      );
      const before = [`export NODE_OPTIONS="--import=data:text/javascript,${other}"`];
      const { remarks } = await probe({ gres: 'gpu:1', before });
      expect(remarks).toEqual([
        expect.stringMatching(
          /^n1 has another processor \(Abacus\) than this machine \(.*\): the last digits of results may/,
        ),
        'n1 gives the job no graphics card, though --gres asks for one.',
      ]);
    });

    it('but down nodes are no refusal: every option reaches Slurm, and the jobs wait', async () => {
      slurm.run('scontrol', 'update', 'NodeName=n1,n2', 'State=DRAIN', 'Reason=test');
      const limits = { partition: 'main', account: 'vision', time: '0:07:00', memory: '300M', gres: 'gpu:1' };
      const profile = profileOf(limits);
      try {
        await checkAcceptance(profile);
        expect(slurm.run('squeue', '--noheader')).toBe('');
        const array = await new Slurm(profile, undefined).submit({ id: 'x', jobs: 3, atOnce: 2 });
        const said = slurm.run('scontrol', 'show', 'job', array);
        for (const fact of [
          ...['Partition=main', 'Account=vision', 'TimeLimit=00:07:00', 'MinMemoryNode=300M', 'TresPerNode=gres:gpu:1'],
          ...['ArrayTaskId=0-2%2', 'ArrayTaskThrottle=2', 'Requeue=1', 'JobName=transplant-x', 'NumTasks=1'],
        ])
          expect(said).toContain(fact);
      } finally {
        slurm.run('scancel', '--me');
        slurm.run('scontrol', 'update', 'NodeName=n1,n2', 'State=RESUME');
      }
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
