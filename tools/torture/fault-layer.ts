import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What happens to a process at one of its changes to the disk; see fault.c. */
export interface Faults {
  /** What lies below this folder counts. */
  readonly root: string;
  /** A folder for the counter and the log, outside of the root. */
  readonly notes: string;
  /** The number of the change at which the power is lost. */
  readonly at?: number;
  readonly how?: 'before' | 'after' | 'torn';
  /** The number of the first change that fails, how many do (0: all from there), and with which error. */
  readonly failFrom?: number;
  readonly failures?: number;
  readonly error?: 'ENOSPC' | 'EIO' | 'EDQUOT';
  /** Whether the changes are logged, so that those which were not synced can be taken back (unsynced.ts). */
  readonly log?: boolean;
  /** Not 0: the time of day jumps by days. */
  readonly clock?: number;
}

const ERRNO = { ENOSPC: 28, EIO: 5, EDQUOT: 122 };

let compiled: string | undefined;

/** The layer, compiled; undefined where that can't be: it is for Linux, and needs a C compiler. */
export function faultLayer(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (compiled !== undefined) return compiled;
  const file = join(mkdtempSync(join(tmpdir(), 'transplant-faults-')), 'fault.so');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', file, join(import.meta.dirname, 'fault.c'), '-ldl'], {
      stdio: 'pipe',
    });
    compiled = file;
  } catch {
    return undefined;
  }
  return compiled;
}

export const LAYER_MISSING =
  'The layer that makes faults needs Linux and the C compiler "cc": these attacks are left out.';

export const logFile = (notes: string): string => join(notes, 'log');

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: string[];
  readonly said: string;
  readonly hung: boolean;
  /** Changes that were made to the disk. */
}

/** Runs the workload (workload-child.ts) in a group of processes of its own, with these faults. */
export async function run(words: readonly string[], faults: Faults | undefined, patience: number): Promise<End> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'workload-child.ts'), ...words],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(faults && variables(faults)) },
    },
  );
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    killGroup(child.pid!);
  }, patience);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  clearTimeout(timer);
  // Trainers end with their parent; none may write while the home is looked at.
  killGroup(child.pid!);
  return { code, signal, lines: out.split('\n').slice(0, -1), said, hung };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function variables({
  root,
  notes,
  at = 0,
  how = 'before',
  failFrom = 0,
  failures = 0,
  error = 'ENOSPC',
  log,
  clock = 0,
}: Faults) {
  return {
    LD_PRELOAD: faultLayer()!,
    TORTURE_ROOT: root,
    TORTURE_COUNTER: join(notes, 'counter'),
    TORTURE_AT: `${at}`,
    TORTURE_HOW: how,
    TORTURE_FAIL: `${failFrom}`,
    TORTURE_FAILURES: `${failures}`,
    TORTURE_ERRNO: `${ERRNO[error]}`,
    TORTURE_CLOCK: `${clock}`,
    ...(log ? { TORTURE_LOG: logFile(notes) } : {}),
  };
}

export const hasLog = (notes: string): boolean => existsSync(logFile(notes));
