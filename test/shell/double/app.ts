import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { closeChromium } from './chromium.ts';
import { windows } from './windows.ts';

/** An event that listeners may prevent. */
export class PreventableEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

const paths: Record<string, string> = { appData: process.env.XDG_CONFIG_HOME ?? tmpdir() };
// Electron is ready once main has been loaded and some more.
const ready = setImmediate().then(() => setImmediate());

class App extends EventEmitter {
  readonly commandLine = { hasSwitch: (name: string): boolean => process.argv.includes(`--${name}`) };
  #quitting = false;

  whenReady = (): Promise<void> => ready;
  getAppPath = (): string => process.env.DOUBLE_PROGRAM!;
  getPath = (name: string): string => paths[name];
  enableSandbox = (): void => {};
  setPath(name: string, path: string): void {
    if (!statSync(path).isDirectory()) throw new Error(`${path} is no folder`);
    paths[name] = path;
  }

  /** As Electron's: `before-quit`, then every window's `close`; any of them may prevent it. */
  quit(): void {
    void setImmediate().then(async () => {
      const event = new PreventableEvent();
      this.emit('before-quit', event);
      if (event.defaultPrevented) return;
      this.#quitting = true;
      for (const window of windows) window.close();
      if (windows.size > 0) return void (this.#quitting = false);
      this.emit('will-quit', new PreventableEvent());
      await closeChromium();
      this.exit(0);
    });
  }

  exit(code = 0): void {
    this.emit('quit');
    process.exit(code);
  }

  /** The last window has closed. */
  windowsAreClosed(): void {
    if (this.#quitting) return;
    if (this.listenerCount('window-all-closed') === 0) this.quit();
    else this.emit('window-all-closed');
  }

  /** The first process on a profile leaves its number there; later ones leave a letter and ring. */
  requestSingleInstanceLock(handover: unknown): boolean {
    const lock = join(paths.userData, 'double-lock');
    const letter = join(paths.userData, 'double-letter');
    const first = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : undefined;
    if (first !== undefined && lives(first)) {
      writeFileSync(letter, JSON.stringify({ words: process.argv, folder: process.cwd(), handover }));
      process.kill(first, 'SIGUSR2');
      return false;
    }
    writeFileSync(lock, `${process.pid}`);
    process.on('exit', () => rmSync(lock, { force: true }));
    process.on('SIGUSR2', () => {
      const { words, folder, handover: handed } = JSON.parse(readFileSync(letter, 'utf8'));
      this.emit('second-instance', new PreventableEvent(), words, folder, handed);
    });
    return true;
  }
}

function lives(number: number): boolean {
  try {
    return process.kill(number, 0);
  } catch {
    return false;
  }
}

export const app = new App();

// Chromium quits at these, unless the program hears them itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.listenerCount(signal) === 1 && app.quit());
