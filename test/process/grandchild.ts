import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Also where it waits for whoever started it to hear of its end. */
export async function hasEnded(pid: number): Promise<boolean> {
  if (!isRunning(pid)) return true;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) Z /.test(stat);
}

/**
 * Runs a script as the leader of a process group of its own; it starts a process and says that one's id in its first line.
 * Both are gone after the test.
 */
export async function grandchild(script: string, argument: string) {
  const parent = spawn(process.execPath, [script, argument], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const lines = createInterface(parent.stdout);
  const pid = Number(((await once(lines, 'line')) as [string])[0]);
  // Only a failed test leaves something to end.
  onTestFinished(() => void [parent.pid!, pid].filter(isRunning).forEach((id) => process.kill(id, 'SIGKILL')));
  return { parent, lines, pid };
}
