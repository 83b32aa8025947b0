import { spawn } from 'node:child_process';
import { Cancelled } from '../../errors.ts';
import { LastLines } from '../../process/supervised-child.ts';

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Kills the program, and what it has started, at once. */
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  readonly ok: boolean;
  /** The last lines of its output. */
  readonly output: string;
}

/**
 * Runs a program to its end; returns undefined where there is none of that name. When this settles, the program is gone.
 * Throws Cancelled.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { environment, signal }: ProgramOptions,
): Promise<ProgramEnd | undefined> {
  if (signal.aborted) throw new Cancelled();
  // It gets a process group of its own, so that the processes of a compiler end with it and only we receive Ctrl-C.
  const child = spawn(name, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines = new LastLines(child.stdout, child.stderr);
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The program has just ended by itself.
    }
  };
  signal.addEventListener('abort', end);
  try {
    const ok = await new Promise<boolean | undefined>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(undefined);
        else reject(error);
      });
      child.once('close', (code) => resolve(code === 0));
    });
    if (signal.aborted) throw new Cancelled();
    return ok === undefined ? undefined : { ok, output: lines.toString() };
  } finally {
    signal.removeEventListener('abort', end);
  }
}
