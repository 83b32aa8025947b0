import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { _electron } from 'playwright-core';
import { bundle } from '../e2e/bundle.ts';
import type { Launch, RunningShell } from './running-shell.ts';

/** Milliseconds that Playwright may take to attach, each time it tries: on a busy machine it needs the last. */
const ATTACHING = [20_000, 40_000, 80_000];
const ROOT = new URL('../../', import.meta.url).pathname;

/** Runs the application in Electron, on a screen in memory where there is no other. */
export async function launchElectron(binary: string, options: Launch): Promise<RunningShell> {
  const { program, words, env, screen } = await prepare(binary, options);
  // With its sandbox, as for people: the program insists on it.
  const launching = { executablePath: program, args: words, env, chromiumSandbox: true };
  // Now and then Playwright waits for ever for what Electron said before it listened; it then ends it.
  const [first, second, third] = ATTACHING.map((timeout) => () => _electron.launch({ ...launching, timeout }));
  const electron = await first().catch(second).catch(third);
  const child = electron.process();
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  void exited.then(() => screen?.kill());
  return {
    exited,
    evaluate: (run, argument) => electron.evaluate(run as never, argument) as never,
    // As long as its test has time.
    page: () => electron.firstWindow({ timeout: 0 }),
    signal: (name) => void child.kill(name),
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Starts the application as a person does, without anyone who drives it, and resolves to its exit code or signal. */
export async function startElectron(binary: string, options: Launch): Promise<number | string | null> {
  const { program, words, env, screen } = await prepare(binary, options);
  const [code, signal] = await once(spawn(program, words, { env, stdio: 'inherit' }), 'exit');
  screen?.kill();
  return code ?? signal;
}

async function prepare(binary: string, { home, profiles, words = [], environment, packaged }: Launch) {
  if (!packaged) bundle();
  const screen = process.platform === 'linux' && !process.env.DISPLAY ? await openScreen() : undefined;
  return {
    program: packaged?.executable ?? binary,
    words: [...(packaged ? [] : [ROOT]), '--home', home, ...words],
    env: {
      ...process.env,
      XDG_CONFIG_HOME: profiles,
      ...(screen && { DISPLAY: screen.name }),
      ...environment,
    } as Record<string, string>,
    screen: screen?.process,
  };
}

async function openScreen(): Promise<{ name: string; process: ChildProcess }> {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1920x1080x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [number] = (await once(server.stdout!, 'data')) as [Buffer];
  const name = `:${number.toString().trim()}`;
  // It decides where windows are and how large; without one nothing is ever maximised. It ends with its screen.
  spawn('openbox', { env: { ...process.env, DISPLAY: name }, stdio: 'ignore' }).on('error', () => {});
  return { name, process: server };
}
