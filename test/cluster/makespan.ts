import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { executable } from '../../src-main/process/executable.ts';
import { openStore } from '../../src-main/store/open.ts';
import { differences } from './on-slurm.ts';
import { type RealSlurm, startSlurm } from './slurm.ts';

/** A preset by the command line, as a person runs it, each time in a home of its own. */
async function study(slurm: RealSlurm, preset: string, isOnCluster: boolean) {
  const home = mkdtempSync(join(tmpdir(), 'transplant-home-'));
  const { node, entry } = executable('transplant');
  const transplant = async (...words: string[]) =>
    promisify(execFile)(node, [entry, ...words, '--home', home], {
      env: slurm.environment,
      maxBuffer: 2 ** 28,
    });
  await transplant('cluster', 'add', 'lab', '--spool', join(home, 'spool'));
  const began = performance.now();
  const where = isOnCluster ? ['--cluster', 'lab'] : ['--workers', '2'];
  await transplant('study', 'run', '--preset', preset, '--yes', ...where);
  const seconds = (performance.now() - began) / 1000;
  const store = openStore(join(home, 'transplant.sqlite'), { readOnly: true });
  const [{ id }] = store.studies();
  const runs = store.studyRuns(id).map(({ name, record }) => ({ key: record.key, name }));
  const dispose = () => {
    store.close();
    rmSync(home, { recursive: true });
  };
  return { home, store, plan: { runs }, seconds, dispose };
}

/** `node test/cluster/makespan.ts [preset] [rounds]`: here, on one node, and on two nodes, in alternation. */
async function table([preset = 'smoke', rounds = '1']: readonly string[]): Promise<void> {
  const slurm = await startSlurm();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const second = (state: string) =>
    slurm.run('scontrol', 'update', 'NodeName=n2', `State=${state}`, ...(state === 'DRAIN' ? ['Reason=alone'] : []));
  const local = await study(slurm, preset, false);
  try {
    say(`${preset}: ${local.plan.runs.length} trainings, here ${local.seconds.toFixed(0)} s`);
    say('| nodes | seconds | trainings with other bytes than here | load |\n|---|---|---|---|');
    for (let round = 0; round < Number(rounds); round++)
      for (const nodes of [1, 2]) {
        if (nodes === 1) second('DRAIN');
        const there = await study(slurm, preset, true);
        const lost = differences(there, local, local);
        say(`| ${nodes} | ${there.seconds.toFixed(0)} | ${lost.length} | ${loadavg()[0].toFixed(0)} |`);
        for (const what of lost) say(`  ${what.slice(0, 300)}`);
        there.dispose();
        if (nodes === 1) second('RESUME');
      }
  } finally {
    local.dispose();
    await slurm.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await table(process.argv.slice(2));
