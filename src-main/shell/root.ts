import { app } from 'electron';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { executable } from '../process/executable.ts';

/** Whether this is root on Linux, for whom Chromium starts with `--no-sandbox` only; the page is never shown without a sandbox. */
export function isRootWithoutSandbox(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && app.commandLine.hasSwitch('no-sandbox');
}

/** Has the command line say why there is no window, and show the same screens in a browser; ends with it. A package has none. */
export function openBrowserInstead(home: string | undefined): void {
  const { node, entry } = executable('transplant');
  if (!existsSync(entry)) {
    process.stderr.write(
      'There can be no window: Electron has no sandbox when it is run as root, and Transplant shows no page without one. ' +
        'Use another user.\n',
    );
    return app.exit(1);
  }
  const words = ['open', ...(home === undefined ? [] : ['--home', home])];
  const child = spawn(node, [entry, ...words], { stdio: 'inherit' });
  child.on('exit', (code) => app.exit(code ?? 1));
  app.on('will-quit', () => child.kill());
}
