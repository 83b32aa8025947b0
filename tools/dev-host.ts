import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ENTRY = join(import.meta.dirname, '..', 'src-main', 'cli', 'transplant.js');

/** `transplant serve` in a process of its own, which can be started again. */
export class Host {
  readonly #words: readonly string[];
  readonly #onLink: (link: string) => void;
  #child: ChildProcess;
  /** Ends when the last of the restarts that were asked for is done. */
  #restarting = Promise.resolve();

  constructor(words: readonly string[], onLink: (link: string) => void) {
    this.#words = words;
    this.#onLink = onLink;
    this.#child = this.#start();
  }

  /** A study under way is paused as with Ctrl-C, and nothing is lost. */
  restart(): Promise<void> {
    this.#restarting = this.#restarting.then(async () => {
      process.stderr.write('Main has changed and starts again ...\n');
      await this.stop();
      this.#child = this.#start();
    });
    return this.#restarting;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [ENTRY, 'serve', '--json', ...this.#words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string };
      if (url !== undefined) this.#onLink(url);
    });
    return child;
  }
}
