import { execFileSync, fork, spawnSync } from 'node:child_process';
import { closeSync, globSync, openSync, readFileSync, rmSync, writeFileSync, writeSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { profileSchema } from '../../src-main/cluster/profile.ts';
import type { Scheduler } from '../../src-main/cluster/scheduler.ts';
import { Slurm } from '../../src-main/cluster/slurm/slurm.ts';
import { ClusterTrainings } from '../../src-main/cluster/trainings.ts';
import { executable } from '../../src-main/process/executable.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { onCluster } from '../../src-main/study/run/train-on-cluster.ts';
import {
  createTinyHome,
  runTinyStudy,
  tinyNetwork,
  tinyProtocol,
  type TinyHome,
  type TinyRun,
} from '../study/tiny-study.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { differences } from './on-slurm.ts';
import { type RealSlurm, startSlurm } from './slurm.ts';

/** What may go wrong with a study on a cluster, done to a real one. After each, the study must end with the undisturbed bytes. */
export interface Struck {
  readonly slurm: RealSlurm;
  readonly spool: string;
  /** What has been heard so far. */
  readonly events: readonly StudyEvent[];
  /** Process ids of workers under way. */
  workers(): number[];
}

export interface Fault {
  readonly name: string;
  /** Is done once, when a base is some steps into its training. */
  readonly strike?: (struck: Struck) => Promise<void> | void;
  /** Puts right what people would, before the study is resumed where it had failed. */
  readonly mend?: (struck: Struck) => Promise<void> | void;
  readonly before?: readonly string[];
  /** Limit of each job, as sbatch has it. */
  readonly time?: string;
  /** Absent: a training of seconds. */
  readonly epochs?: number;
  /** Whether it has come to what it should; absent: nobody looks. */
  readonly happened?: (struck: Struck) => boolean;
  /** Stands before the scheduler. */
  readonly disturb?: (scheduler: Scheduler) => Scheduler;
  /** The spool is a disk of its own, of so many bytes. */
  readonly disk?: string;
  /** Main is a process of its own, which is killed. */
  readonly killsMain?: boolean;
}

const flip = (file: string) => {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
};
const forgetNode = ({ slurm }: Struck) =>
  globSync(join(slurm.folder, 'transplant-*', 'images-*')).forEach((path) => rmSync(path, { recursive: true }));
const resultOf = async ({ spool, slurm }: Struck) => {
  const find = () => globSync(join(spool, 'runs/*/attempt-1/result.json'))[0];
  await slurm.waitFor('a first result', () => find() !== undefined);
  return find();
};

/** Longer than half a minute, after which a job with a limit of one is warned, wherever this is tried. */
const LONGER = 2000;

/** A module without spaces, at which NODE_OPTIONS is cut. */
const SHIFT = 'data:text/javascript,const%20now=Date.now;Date.now=()=>now()%2B36e5';

export const FAULTS: readonly Fault[] = [
  { name: 'none' },
  { name: 'scancel', strike: ({ slurm }) => void slurm.run('scancel', '--me') },
  { name: 'kill -9 of a worker', strike: ({ workers }) => workers().forEach((pid) => process.kill(pid, 'SIGKILL')) },
  {
    name: 'kill -9 of slurmd, started again',
    async strike({ slurm }) {
      slurm.kill('n1');
      await setTimeout(3000);
      slurm.startNode('n1');
    },
  },
  {
    name: 'a node down, its job requeued',
    async strike({ slurm }) {
      slurm.run('scontrol', 'update', 'NodeName=n1', 'State=DOWN', 'Reason=fault');
      await setTimeout(2000);
      // It may have come back by itself (ReturnToService).
      slurm.run('sh', '-c', 'scontrol update NodeName=n1 State=RESUME || true');
    },
  },
  {
    name: 'scontrol requeue',
    strike: ({ slurm }) => void slurm.run('sh', '-c', 'for j in $(squeue -h -t R -o %A); do scontrol requeue $j; done'),
  },
  {
    // What Slurm sends before the time limit (--signal): the job writes a checkpoint and asks to be started again.
    name: 'the time limit near, requeued from a checkpoint',
    strike: ({ slurm }) =>
      void slurm.run('sh', '-c', 'scancel --signal=USR2 --batch $(squeue --noheader --states=RUNNING --format=%A)'),
  },
  {
    // Slurm's smallest. It looks every half a minute whose time is nearly over: then the job is told, and its limit follows.
    name: 'the time limit of a minute, shorter than a training',
    time: '1',
    epochs: LONGER,
    happened: ({ spool }) => globSync(join(spool, 'runs/*/attempt-1/start-2')).length > 0,
  },
  {
    name: 'slurmctld killed, started again',
    async strike({ slurm }) {
      slurm.kill('controller');
      await setTimeout(3000);
      slurm.startController();
    },
  },
  { name: 'main killed -9, started again', killsMain: true },
  {
    name: 'the spool full',
    disk: '24m',
    strike: ({ spool }) => {
      const descriptor = openSync(join(spool, 'filler'), 'w');
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(65536, 1));
      } catch {
        // It is full. An open file would keep its room when it is deleted.
      } finally {
        closeSync(descriptor);
      }
    },
    mend: ({ spool }) => rmSync(join(spool, 'filler'), { force: true }),
  },
  {
    name: 'the spool read-only',
    disk: '64m',
    // It can't be made so while a file is open for writing; a worker whose files are gone from under it ends, too.
    strike: ({ spool, slurm, workers }) =>
      slurm.waitFor('the spool is read-only', () => {
        workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
        return spawnSync('mount', ['-o', 'remount,ro', spool]).status === 0;
      }),
    mend: ({ spool }) => void execFileSync('mount', ['-o', 'remount,rw', spool]),
  },
  {
    name: 'a result torn in the middle',
    async strike(struck) {
      const result = await resultOf(struck);
      if (result) writeFileSync(result, readFileSync(result).subarray(0, 100));
    },
  },
  {
    name: 'a result written twice',
    async strike(struck) {
      const result = await resultOf(struck);
      if (result) writeFileSync(result, readFileSync(result));
    },
  },
  {
    name: 'a blob with one flipped byte',
    strike: (struck) => {
      forgetNode(struck);
      globSync(join(struck.spool, 'blobs/*')).forEach(flip);
    },
  },
  {
    name: 'a checkpoint with one flipped byte, its worker killed',
    strike: ({ spool, workers }) => {
      workers().forEach((pid) => process.kill(pid, 'SIGKILL'));
      globSync(join(spool, 'runs/*/attempt-1/start-1/*.safetensors')).forEach(flip);
    },
  },
  {
    name: 'a clock an hour off between nodes',
    before: [`if [ "$SLURMD_NODENAME" = n1 ]; then export NODE_OPTIONS="--import=${SHIFT}"; fi`],
  },
  {
    name: 'squeue that does not know the jobs',
    disturb: (scheduler) =>
      Object.assign(Object.create(scheduler) as Scheduler, { queue: () => Promise.resolve(new Map()) }),
  },
];

/** A base that trains for some seconds, and what is transplanted from it. */
const protocolOf = (tiny: TinyHome, epochs = 160) =>
  tinyProtocol(tiny.index, {
    treatments: ['selffer'],
    network: networkSchema.parse({ ...tinyNetwork, training: { ...tinyNetwork.training, epochs } }),
  });

export interface Outcome {
  /** What differs from the undisturbed study; empty: nothing is lost. */
  readonly lost: readonly string[];
  readonly seconds: number;
}

/** Does one fault to a study, resumes it where it had to fail, and compares. */
export async function tryFault(slurm: RealSlurm, fault: Fault, reference: TinyHome): Promise<Outcome> {
  const began = performance.now();
  const tiny = await createTinyHome();
  const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
  if (fault.disk) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${fault.disk}`, 'tmpfs', spool]);
  const events: StudyEvent[] = [];
  const workers = () =>
    globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
      try {
        const words = readFileSync(file, 'utf8').split('\0');
        return words.includes('worker') && words.some((word) => word.startsWith(spool))
          ? [Number(file.split('/')[2])]
          : [];
      } catch {
        return [];
      }
    });
  const struck: Struck = { slurm, spool, events, workers };
  try {
    const profile = profileSchema.parse({ name: 'lab', spool, time: fault.time, before: fault.before ?? [] });
    const { node, entry } = executable('transplant');
    const real = new Slurm(profile, { node, script: entry }, slurm.environment);
    let striking: Promise<void> | undefined;
    let failure: unknown;
    const study = (scheduler: Scheduler, strike?: Fault['strike']): Promise<TinyRun> => {
      const cluster = new ClusterTrainings({ spool, scheduler, look: 100, ask: 500, checkpointEvery: 0 });
      const watch = (event: StudyEvent) => {
        events.push(event);
        const isTime = event.type === 'run-message' && event.message.type === 'point' && event.message.step > 40;
        if (isTime && strike)
          striking ??= (async () => strike(struck))().catch((error: unknown) => void (failure = error));
        return false;
      };
      return runTinyStudy(tiny, protocolOf(tiny, fault.epochs), watch, onCluster(cluster));
    };
    if (fault.killsMain) await killMain(slurm, tiny, spool);
    else
      await study(fault.disturb?.(real) ?? real, fault.strike).catch((error: unknown) => {
        if (!fault.mend) throw error;
      });
    await striking;
    if (failure !== undefined) throw failure;
    await fault.mend?.(struck);
    const run = await study(real);
    const happened = fault.happened?.(struck) ?? true;
    return {
      lost: [...differences(tiny, reference, run), ...twiceTrained(events), ...(happened ? [] : ['it did not happen'])],
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    tiny.dispose();
    if (fault.disk) execFileSync('umount', ['-l', spool]);
    rmSync(spool, { recursive: true, force: true });
  }
}

/** Runs the study in a process of its own and kills that when a base is under way. */
async function killMain(slurm: RealSlurm, tiny: TinyHome, spool: string): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['--main'], { env: slurm.environment });
  child.send({ home: tiny.home, imageSet: tiny.imageSet, spool });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await slurm.waitFor('a base is under way', () => {
    const curve = globSync(join(spool, 'runs/*/attempt-1/start-1/curve.jsonl'))[0];
    return curve !== undefined && readFileSync(curve, 'utf8').includes('"point"');
  });
  child.kill('SIGKILL');
  await ended;
  tiny.store.stopInterrupted();
}

async function mainChild(): Promise<void> {
  const { home, imageSet, spool } = await new Promise<{ home: string; imageSet: string; spool: string }>((resolve) =>
    process.once('message', (message) => resolve(message as { home: string; imageSet: string; spool: string })),
  );
  const { openStore } = await import('../../src-main/store/open.ts');
  const { readImageSetIndex } = await import('../../src-main/data/packed/open.ts');
  const store = openStore(join(home, 'transplant.sqlite'));
  const index = readImageSetIndex(imageSet);
  const imageSets = new Map([[index.id, imageSet]]);
  const tiny: TinyHome = { home, imageSet, imageSets, store, index, dispose: () => store.close() };
  const { node, entry } = executable('transplant');
  const scheduler = new Slurm(profileSchema.parse({ name: 'lab', spool, before: [] }), { node, script: entry });
  const cluster = new ClusterTrainings({ spool, scheduler, look: 100, ask: 500, checkpointEvery: 0 });
  await runTinyStudy(tiny, protocolOf(tiny), () => false, onCluster(cluster));
}

/** Runs that began again after their result was taken. */
function twiceTrained(events: readonly StudyEvent[]): string[] {
  const done = new Set<string>();
  return events.flatMap((event) => {
    if (event.type === 'run-finished') done.add(event.run);
    return event.type === 'run-started' && done.has(event.run) ? [`${event.name} was trained twice`] : [];
  });
}

export async function undisturbed({ epochs }: Fault): Promise<TinyHome> {
  const home = await createTinyHome();
  await runTinyStudy(home, protocolOf(home, epochs));
  return home;
}

/** `node test/cluster/faults.ts [times] [name]` prints faults x times tried x lost. */
async function table([times = '1', only = '']: readonly string[]): Promise<void> {
  const slurm = await startSlurm();
  const references = new Map<number | undefined, TinyHome>();
  try {
    const say = (line: string) => process.stdout.write(`${line}\n`);
    say('| fault | tried | lost | seconds each |\n|---|---|---|---|');
    for (const fault of FAULTS.filter(({ name }) => name.includes(only))) {
      const outcomes: Outcome[] = [];
      const reference = references.get(fault.epochs) ?? (await undisturbed(fault));
      references.set(fault.epochs, reference);
      for (let time = 0; time < Number(times); time++)
        outcomes.push(
          await tryFault(slurm, fault, reference).catch((error: unknown) => ({ lost: [String(error)], seconds: 0 })),
        );
      const lost = outcomes.flatMap((outcome) => outcome.lost);
      const mean = outcomes.reduce((sum, { seconds }) => sum + seconds, 0) / outcomes.length;
      say(`| ${fault.name} | ${times} | ${lost.length} | ${mean.toFixed(0)} |`);
      for (const what of lost) say(`  ${what.slice(0, 400)}`);
    }
  } finally {
    await slurm.stop();
    for (const reference of references.values()) reference.dispose();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--main') {
    await mainChild();
    process.exit(0);
  }
  await table(process.argv.slice(2));
}
