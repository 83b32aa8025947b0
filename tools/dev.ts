import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer as createSocket, type AddressInfo } from 'node:net';
import { dirname, join, sep } from 'node:path';
import { createLogger, createServer, type Logger, type ProxyOptions, type ViteDevServer } from 'vite';
import { displayObstacle, electronBinary, sandboxObstacle, userObstacle } from '../src-main/cli/window/obstacles.ts';
import config from '../electron.config.ts';
import { Host } from './dev-host.ts';

/**
 * `npm run dev`: the program while it is being worked on. The screens change as their files are saved; main starts again as
 * its files are saved. In a window where there can be one, or else, and with `--browser`, in a browser. Other words are
 * passed on: `npm run dev -- --home /tmp/trial`.
 */

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src-main');
const PACKAGES = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), '..');
const LOOPBACK = '127.0.0.1';
/** Milliseconds in which changes of several files (a checkout, "save all") are one. */
const TOGETHER = 150;

const words = process.argv.slice(2);
const passedOn = words.filter((word) => word !== '--browser');
const obstacle = words.includes('--browser') ? 'a browser was asked for' : await windowObstacle();
if (obstacle === undefined) openWindow();
else {
  process.stderr.write(`There is no window: ${obstacle}. The screens are in a browser instead.\n`);
  await serveBrowser();
}

async function windowObstacle(): Promise<string | undefined> {
  const machine = { platform: process.platform, environment: process.env, uid: process.getuid?.() };
  const early = displayObstacle(machine) ?? userObstacle(machine);
  if (early !== undefined) return early;
  const electron = await electronBinary();
  return 'path' in electron ? sandboxObstacle(electron.path, machine) : electron.obstacle;
}

/** electron-vite builds main and preload at each change and starts Electron again; the window loads its page from vite. */
function openWindow(): void {
  // Main is built for development into `out`: what the tests take from there has to be built again.
  rmSync(join(ROOT, 'out', 'built'), { force: true });
  const script = join(PACKAGES, 'electron-vite', 'bin', 'electron-vite.js');
  const child = spawn(
    process.execPath,
    [script, 'dev', '--watch', '--config', 'electron.config.ts', '--', ...passedOn],
    { cwd: ROOT, stdio: 'inherit' },
  );
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}

/**
 * Vite serves the screens, and passes what is main's on to the host of `transplant serve`, which runs as it always does: who
 * comes without its link is let in here no more than there. The host answers to Vite's address because it is told to.
 */
async function serveBrowser(): Promise<void> {
  const port = await freePort();
  const toHost: ProxyOptions = { target: `http://${LOOPBACK}:${port}` };
  const { renderer } = config({ command: 'serve', mode: 'development' });
  const vite = await createServer({
    plugins: renderer?.plugins,
    root: join(ROOT, 'src-renderer'),
    configFile: false,
    customLogger: quietLogger(),
    server: {
      host: LOOPBACK,
      fs: { allow: [ROOT, PACKAGES] },
      proxy: {
        '/start': toHost,
        '/session': toHost,
        '/files/': toHost,
        '/connection': { ...toHost, ws: true },
        '/uploads/': toHost,
      },
    },
  });
  await vite.listen();
  const shown = `${LOOPBACK}:${(vite.httpServer!.address() as AddressInfo).port}`;
  const host = new Host([...passedOn, '--port', `${port}`, '--known-as', shown], (link) =>
    process.stdout.write(`Open ${link.replace(`${LOOPBACK}:${port}`, shown)} in a browser. Ctrl-C ends.\n`),
  );
  restartAtChanges(vite, host);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void Promise.all([host.stop(), vite.close()]).then(() => process.exit(0)));
}

/** Pages knock once a second while main starts again: that nobody opens is no news. */
function quietLogger(): Logger {
  const logger = createLogger();
  const { error } = logger;
  logger.error = (message, options) => {
    if (!/proxy (socket )?error/.test(message)) error(message, options);
  };
  return logger;
}

function restartAtChanges(vite: ViteDevServer, host: Host): void {
  vite.watcher.add(MAIN);
  let timer: NodeJS.Timeout | undefined;
  vite.watcher.on('all', (_event, file) => {
    if (!file.startsWith(MAIN + sep)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void host.restart(), TOGETHER);
  });
}

async function freePort(): Promise<number> {
  const server = createSocket().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
