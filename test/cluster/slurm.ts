import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A real Slurm of two nodes, each with one core, on this machine. */
export interface RealSlurm {
  /** For Slurm's commands, and for what they start. */
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  run(...words: string[]): string;
  /** Starts a daemon again that was ended. */
  startNode(name: string): void;
  startController(): void;
  /** Ends a daemon at once, as a power cut does. */
  kill(daemon: 'controller' | 'n1' | 'n2'): void;
  pidOf(daemon: 'controller' | 'n1' | 'n2'): number;
  waitFor(what: string, isSo: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

/** Why there is none here; undefined where there can be one. It needs its daemons, and root, as whom they start jobs. */
export const whyNoSlurm: string | undefined = !['slurmctld', 'slurmd', 'sbatch', 'munged'].every(has)
  ? 'Slurm is not installed'
  : userInfo().uid !== 0
    ? 'Slurm is started by root only'
    : undefined;

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
    ports.push((server.address() as { port: number }).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @param yielding whether jobs yield to all else, as trainings of this machine do: those that end with the test alone */
export async function startSlurm({ yielding = false } = {}): Promise<RealSlurm> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-slurm-'));
  for (const name of ['state', 'log', 'spool', 'munge']) mkdirSync(join(folder, name));
  const stopMunge = startMunge(folder);
  const [controller, n1, n2] = await freePorts(3);
  const host = hostname().split('.')[0];
  const conf = join(folder, 'slurm.conf');
  // Of no make: whoever asks for it finds no card.
  writeFileSync(join(folder, 'gres.conf'), 'NodeName=n[1-2] Name=gpu File=/dev/null\n');
  writeFileSync(
    conf,
    `ClusterName=lab
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/controller.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/log/controller.log
SlurmdLogFile=${folder}/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0,requeue_delay=1
ReturnToService=2
SlurmdTimeout=15
KillWait=5
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket
CryptoType=crypto/munge
GresTypes=gpu
NodeName=n1 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${n1} CPUs=1 RealMemory=1000 Gres=gpu:1
NodeName=n2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${n2} CPUs=1 RealMemory=1000 Gres=gpu:1
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`,
  );
  const environment = { ...process.env, SLURM_CONF: conf, TRANSPLANT_NODE_FOLDER: folder };
  const run = (...[program, ...words]: string[]) =>
    execFileSync(program, words, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  // What its jobs start has the one core that the node says it has.
  const priority = yielding ? ['nice'] : [];
  const startNode = (name: string) =>
    void run(...priority, 'taskset', '--cpu-list', coreOf(name), 'slurmd', '-N', name);
  const startController = () => void run('slurmctld');
  const pidOf = (daemon: string) => Number(readFileSync(join(folder, `${daemon}.pid`), 'utf8'));
  const kill = (daemon: string) => {
    try {
      process.kill(pidOf(daemon), 'SIGKILL');
    } catch {
      // It has ended.
    }
    rmSync(join(folder, `${daemon}.pid`), { force: true });
  };
  const waitFor = async (what: string, isSo: () => boolean) => {
    for (const end = Date.now() + 60_000; !isSo(); await setTimeout(100))
      if (Date.now() > end) throw new Error(`waited for a minute: ${what}`);
  };
  const attempt = (work: () => string): string => {
    try {
      return work();
    } catch {
      return '';
    }
  };
  const stop = async () => {
    attempt(() => run('scancel', '--me'));
    attempt(() => run('scancel', '--signal=KILL', '--me'));
    await waitFor('jobs end', () => attempt(() => run('squeue', '--noheader')).trim() === '').catch(() => {});
    for (const daemon of ['n1', 'n2', 'controller'] as const)
      if (existsSync(join(folder, `${daemon}.pid`))) kill(daemon);
    stopMunge();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    startController();
    for (const name of ['n1', 'n2']) startNode(name);
    await waitFor('both nodes are idle', () =>
      attempt(() => run('sinfo', '--noheader', '--format=%T %D'))
        .split('\n')
        .some((line) => line.trim() === 'idle 2'),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment, folder, run, startNode, startController, kill, pidOf, waitFor, stop };
}

/** The core of this machine that a node has; where there is one alone, both have it. */
function coreOf(node: string): string {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))!;
  const cores = list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return String(cores[Number(node.slice(1)) % cores.length]);
}

/** Starts a munged of our own, beside one that the machine may have. Returns how to end it. */
function startMunge(folder: string): () => void {
  const home = join(folder, 'munge');
  const key = join(home, 'key');
  writeFileSync(key, crypto.getRandomValues(new Uint8Array(128)), { mode: 0o600 });
  const pid = join(home, 'pid');
  execFileSync('munged', [
    `--socket=${home}/socket`,
    `--key-file=${key}`,
    `--pid-file=${pid}`,
    `--log-file=${home}/log`,
    `--seed-file=${home}/seed`,
    '--force',
  ]);
  return () => process.kill(Number(readFileSync(pid, 'utf8')));
}
