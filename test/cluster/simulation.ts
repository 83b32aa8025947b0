import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterTrainings } from '../../src-main/cluster/trainings.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { groupRuns } from '../../src-main/study/plan/groups.ts';
import { planStudy, runsToStore } from '../../src-main/study/plan/plan.ts';
import { runPlan } from '../../src-main/study/run/runner.ts';
import { onCluster } from '../../src-main/study/run/train-on-cluster.ts';
import { createTinyHome, tinyNetwork, tinyProtocol } from '../study/tiny-study.ts';
import { SimulatedSlurm } from './simulated-slurm.ts';

export interface Simulation {
  readonly runs: number;
  readonly jobs: number;
  readonly done: number;
  readonly failures: number;
  /** Jobs that ran at once, at most. */
  readonly most: number;
  /** Hours of the simulated clock, and of a cluster that never waits, fails or has too little to do. */
  readonly makespan: number;
  readonly ideal: number;
  readonly calls: SimulatedSlurm['calls'];
  /** Of main, without what the stand-in for the cluster took. */
  readonly processorSeconds: number;
  readonly wallSeconds: number;
  readonly megabytes: number;
}

/** As many as the paper's network has, of no size: nothing is trained. */
const EIGHT_LAYERS = Array.from({ length: 8 }, (_, i) =>
  i < 7
    ? [{ type: 'dense' as const, name: `fc${i + 1}`, units: 4 }, { type: 'relu' as const }]
    : [{ type: 'dense' as const, name: 'fc8' }],
).flat();

interface SimulationOptions {
  readonly failuresADay?: number;
  /** Jobs that may run at once; absent: any number. */
  readonly atOnce?: number;
  /** Milliseconds between looks into the spool, at least: each is paid for in real time. Absent: as main does. */
  readonly look?: number;
  /** Is told twice a second how many trainings are done, and the hours of the simulated clock. */
  readonly onProgress?: (done: number, hours: number) => void;
}

/** A study of at least so many trainings on a simulated cluster; everything of main is real: plan, store, spool. */
export async function simulate(
  least: number,
  nodes: number,
  { failuresADay = 0.02, atOnce, look, onProgress }: SimulationOptions = {},
): Promise<Simulation> {
  const tiny = await createTinyHome();
  const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
  const began = { cpu: process.cpuUsage(), wall: performance.now() };
  let [megabytes, finished] = [0, 0];
  let slurm: SimulatedSlurm | undefined;
  const measuring = setInterval(() => {
    megabytes = Math.max(megabytes, process.memoryUsage().rss / 1e6);
    onProgress?.(finished, (slurm?.now() ?? 0) / 3.6e6);
  }, 500);
  try {
    const protocol = (replicates: number) =>
      tinyProtocol(tiny.index, {
        network: networkSchema.parse({ ...tinyNetwork, layers: EIGHT_LAYERS }),
        layers: [1, 2, 3, 4, 5, 6, 7],
        bothDirections: true,
        replicates: Array.from({ length: replicates }, (_, i) => ({ splitSeed: i + 1, trainingSeed: i + 1 })),
      });
    const distinct = (replicates: number) =>
      [...new Map(planStudy(protocol(replicates), tiny.index).runs.map((run) => [run.key, run])).values()].length;
    const study = protocol(Math.ceil(least / distinct(1)));
    const plan = planStudy(study, tiny.index);
    tiny.store.addStudy(
      { id: 's', name: 'simulated', protocol: '{}', status: 'running', created: '', finished: null, seconds: 0 },
      runsToStore(plan.runs),
    );
    const steps = new Map(plan.runs.map((run) => [run.key, run.steps]));
    const sources = new Map(plan.runs.map(({ key, identity }) => [key, identity.source]));
    const secondsOf = new Map<string, number>();
    let chain = 0;
    slurm = new SimulatedSlurm({
      ...{ spool, nodes, failuresADay, checkpointEvery: 60 },
      stepsOf: (run) => steps.get(run)!,
      secondsOf: (job, random) => {
        const seconds = 3600 * (0.5 + random.uniform()) * Math.sqrt(job.trainings.length);
        for (const { run } of job.trainings) secondsOf.set(run, seconds);
        chain = Math.max(chain, seconds + (secondsOf.get(sources.get(job.run) ?? '') ?? 0));
        return seconds;
      },
    });
    const cluster = new ClusterTrainings({ spool, scheduler: slurm, clock: slurm, atOnce, look, checkpointEvery: 60 });
    const runs = [...new Map(plan.runs.map((run) => [run.key, run])).values()];
    const jobs = groupRuns(runs, { workers: nodes, memory: nodes * 4e9 }).length;
    const outcome = await runPlan({
      ...{ study: 's', name: 'simulated', plan, store: tiny.store, home: tiny.home, imageSets: tiny.imageSets },
      ...{ workers: nodes, cores: 1, sharedMemory: nodes * 4e9, elsewhere: onCluster(cluster) },
      signal: new AbortController().signal,
      onEvent: ({ type }) => (finished += Number(type === 'run-finished')),
    });
    const cpu = process.cpuUsage(began.cpu);
    return {
      ...{
        runs: runs.length,
        jobs,
        done: outcome.done,
        failures: slurm.failures,
        most: slurm.most,
        calls: slurm.calls,
      },
      makespan: slurm.now() / 3.6e6,
      // A transfer follows its base.
      ideal: Math.max(slurm.work / Math.min(nodes, atOnce ?? nodes), chain) / 3600,
      processorSeconds: (cpu.user + cpu.system) / 1e6 - slurm.processorSeconds,
      wallSeconds: (performance.now() - began.wall) / 1000,
      megabytes: Math.round(megabytes),
    };
  } finally {
    clearInterval(measuring);
    tiny.dispose();
    rmSync(spool, { recursive: true, force: true });
  }
}

/** `node test/cluster/simulation.ts [runs] [nodes]` */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [runs = '10000', nodes = '200'] = process.argv.slice(2);
  let saidAt = 0;
  const onProgress = (done: number, hours: number) => {
    if (performance.now() - saidAt < 10_000) return;
    saidAt = performance.now();
    process.stderr.write(`${done} trainings done in ${hours.toFixed(1)} simulated hours\n`);
  };
  const simulation = await simulate(Number(runs), Number(nodes), { onProgress });
  process.stdout.write(`${JSON.stringify(simulation, undefined, 2)}\n`);
}
