import { fork, type ChildProcess } from 'node:child_process';
import { executable, type ProcessName } from './executable.ts';
import { LastLines } from './last-lines.ts';
import { yieldToOthers } from './priority.ts';

/** Starts a process of its own for long work, with an IPC channel, and keeps the last lines of what it writes. */
export function startProcess(name: ProcessName): { child: ChildProcess; lastLines: LastLines } {
  const { node, entry } = executable(name);
  const child = fork(entry, {
    execPath: node,
    // Flags of our own process, a test runner's or a debugger's, are not meant for it.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // JSON would make objects of typed arrays and null of what is not a number.
    serialization: 'advanced',
  });
  yieldToOthers(child);
  return { child, lastLines: new LastLines(child.stdout!, child.stderr!) };
}
