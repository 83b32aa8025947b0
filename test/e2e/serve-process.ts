import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));

export interface ServeProcess {
  readonly child: ChildProcess;
  /** The link that it printed. Rejects with what it said where it ended without one. */
  readonly link: Promise<string>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves when it has said this on standard error. */
  says(text: string): Promise<void>;
}

/** The real command in a process of its own; killed after the test. */
export function startServe(
  words: readonly string[],
  { entry = TRANSPLANT, environment = {} }: { entry?: string; environment?: Record<string, string> } = {},
): ServeProcess {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, SSH_CONNECTION: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, [entry, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => {
    written.stderr += chunk.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...written })),
  );
  const link = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      written.stdout += `${line}\n`;
      const [found] = /http:\/\/[^\s"]+/.exec(line) ?? [];
      if (found) resolve(found);
    });
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  link.catch(() => {});
  const says = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (written.stderr.includes(text)) resolve();
      };
      listeners.add(look);
      look();
    });
  return { child, link, ended, says };
}
