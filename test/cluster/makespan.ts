import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { resultOf } from '../../src-main/cluster/results.ts';
import { readLines } from '../../src-main/cluster/spool/curve.ts';
import { attemptFolder, RESULT, submissionFolder } from '../../src-main/cluster/spool/layout.ts';
import { submissionsIn } from '../../src-main/cluster/submissions.ts';
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
  const spool = join(home, 'spool');
  await transplant('cluster', 'add', 'lab', '--spool', spool);
  const began = Date.now();
  const where = isOnCluster ? ['--cluster', 'lab'] : ['--workers', '2'];
  await transplant('study', 'run', '--preset', preset, '--yes', ...where);
  const ended = Date.now();
  const store = openStore(join(home, 'transplant.sqlite'), { readOnly: true });
  const [{ id }] = store.studies();
  const records = store.studyRuns(id);
  const runs = records.map(({ name, record }) => ({ key: record.key, name }));
  // Trainings alone: before them images are made and measured, and after them the report.
  const times = (which: 'started' | 'finished') => records.map(({ record }) => Date.parse(record[which]!));
  const makespan = isOnCluster
    ? spanOf(spool)
    : { from: Math.min(...times('started')), to: Math.max(...times('finished')) };
  const dispose = () => {
    store.close();
    rmSync(home, { recursive: true });
  };
  return { home, spool, store, plan: { runs }, began, ended, makespan, dispose };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One job as it was on its node; times are of files, in milliseconds. */
interface JobOnNode extends Span {
  readonly node: string;
  readonly trainings: number;
  /** Milliseconds that its trainers spent on images, steps, evaluations and checkpoints. */
  readonly trained: number;
  /** Why it was not the first attempt. */
  readonly again: string | undefined;
}

/** From the first submission to the last result. */
function spanOf(spool: string): Span {
  const [{ id }] = submissionsIn(spool);
  const results = submissionsIn(spool).flatMap(({ jobs }) =>
    jobs.flat().flatMap(({ run, attempt }) => {
      const file = join(attemptFolder(spool, run, attempt), RESULT);
      return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? [];
    }),
  );
  return { from: statSync(join(submissionFolder(spool, id), 'submission.json')).birthtimeMs, to: Math.max(...results) };
}

function jobsIn(spool: string): JobOnNode[] {
  return submissionsIn(spool).flatMap(({ id, jobs }) =>
    jobs.map((trainings, index) => {
      const log = (of: string, at: number) => join(submissionFolder(spool, of), `${at}.log`);
      // Slurm makes it as the job begins, and the worker's last word is in it.
      const { birthtimeMs: from, mtimeMs: to } = statSync(log(id, index));
      const results = trainings.flatMap(({ run, attempt }) => resultOf(spool, run, attempt) ?? []);
      const trained = results.reduce((sum, result) => sum + trainedSeconds(spool, result), 0) * 1000;
      const before = submissionsIn(spool).flatMap((earlier) =>
        earlier.jobs.flatMap((job, at) =>
          earlier.id < id && job.some(({ run }) => run === trainings[0].run)
            ? [readFileSync(log(earlier.id, at), 'utf8').slice(-300)]
            : [],
        ),
      );
      return {
        from,
        to,
        node: results[0]?.place.node ?? 'lost',
        trainings: results.length,
        trained,
        again: before.at(-1),
      };
    }),
  );
}

function trainedSeconds(spool: string, result: NonNullable<ReturnType<typeof resultOf>>): number {
  if (result.status === 'failed') return 0;
  const { lines } = readLines(readFileSync(join(attemptFolder(spool, result.run, result.attempt), result.curve.file)));
  const last = lines.at(-1)!;
  if (last.type !== 'finished') throw new Error(`the curve of ${result.run} ends with ${last.type}`);
  const { load: _, ...parts } = last.seconds;
  return Object.values(parts).reduce((sum, part) => sum + part, 0);
}

/** Where the makespan of each node went, in seconds: the four parts are all of it. */
function nodesOf(spool: string) {
  const { from, to } = spanOf(spool);
  const jobs = Map.groupBy(jobsIn(spool), ({ node }) => node);
  return [...jobs].sort().map(([node, own]) => {
    const sum = (of: (job: JobOnNode) => number) => own.reduce((total, job) => total + of(job), 0) / 1000;
    const busy = sum((job) => job.to - job.from);
    const trained = sum((job) => job.trained);
    const tail = (to - Math.max(...own.map((job) => job.to))) / 1000;
    const between = (to - from) / 1000 - busy - tail;
    const trainings = own.reduce((total, job) => total + job.trainings, 0);
    return { node, jobs: own.length, trainings, trained, startedUp: busy - trained, between, tail };
  });
}

/** `node test/cluster/makespan.ts [preset] [rounds]`: here, on one node, and on two nodes, in alternation. */
async function table([preset = 'smoke', rounds = '1']: readonly string[]): Promise<void> {
  const slurm = await startSlurm();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const second = (state: string) =>
    slurm.run('scontrol', 'update', 'NodeName=n2', `State=${state}`, ...(state === 'DRAIN' ? ['Reason=alone'] : []));
  const local = await study(slurm, preset, false);
  const detail: string[] = [];
  try {
    say(
      `${preset}: ${local.plan.runs.length} trainings; seconds of all, before the first training, of trainings, after`,
    );
    say('| nodes | all | before | makespan | after | trainings with other bytes than here | load |');
    say('|---|---|---|---|---|---|---|');
    const row = (nodes: string, { began, ended, makespan }: typeof local, lost: string) => {
      const times = [ended - began, makespan.from - began, makespan.to - makespan.from, ended - makespan.to];
      const seconds = times.map((time) => (time / 1000).toFixed(1)).join(' | ');
      say(`| ${nodes} | ${seconds} | ${lost} | ${loadavg()[0].toFixed(0)} |`);
    };
    row('here, 2 workers', local, '');
    for (let round = 0; round < Number(rounds); round++)
      for (const nodes of [1, 2]) {
        if (nodes === 1) second('DRAIN');
        const there = await study(slurm, preset, true);
        const lost = differences(there, local, local);
        row(String(nodes), there, String(lost.length));
        for (const what of lost) say(`  ${what.slice(0, 300)}`);
        for (const { again } of jobsIn(there.spool)) if (again !== undefined) say(`  another attempt, after: ${again}`);
        for (const { node, jobs, trainings, ...parts } of nodesOf(there.spool)) {
          const seconds = Object.values(parts).map((part) => part.toFixed(1));
          detail.push(`| ${nodes} | ${node} | ${jobs} | ${trainings} | ${seconds.join(' | ')} |`);
        }
        there.dispose();
        if (nodes === 1) second('RESUME');
      }
    say('\nSeconds of the makespan, on each node\n');
    say('| nodes | node | jobs | trainings | trained | started up | idle between jobs | idle at the end |');
    say(['|---|---|---|---|---|---|---|---|', ...detail].join('\n'));
  } finally {
    local.dispose();
    await slurm.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await table(process.argv.slice(2));
