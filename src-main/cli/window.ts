import { spawn } from 'node:child_process';
import { messageOf, UserError } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

export interface WindowProgram {
  /** Electron's binary. */
  readonly electron: string;
  /** The folder of package.json, whose `main` Electron runs. */
  readonly root: string;
  readonly home?: string;
}

/** Opens the window and resolves when it was closed. Throws a UserError if its process fails. */
export async function openWindow({ electron, root, home }: WindowProgram, surroundings: Surroundings): Promise<void> {
  const words = [root, ...(home === undefined ? [] : ['--home', home])];
  // With this variable, which editors set in their terminals, Electron would run as plain Node without a window.
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = surroundings.environment;
  const child = spawn(electron, words, { stdio: 'inherit', env: environment });
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const forward = () => void child.kill(signal);
    surroundings.signals.on(signal, forward);
    return () => surroundings.signals.removeListener(signal, forward);
  });
  try {
    const ending = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(messageOf(error)));
      child.on('exit', (code, signal) => resolve(code === 0 ? '' : signal ? `signal ${signal}` : `code ${code}`));
    });
    if (ending !== '')
      throw new UserError(`The window ended with ${ending}; "transplant serve" shows the same screens in a browser.`);
  } finally {
    for (const stop of signals) stop();
  }
}
