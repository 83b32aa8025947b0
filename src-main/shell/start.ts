import { app } from 'electron';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { serveConnection } from '../api/connection.ts';
import { pages } from '../api/pages.ts';
import { Desk } from '../app/desk.ts';
import { makeFolder, packedFolder } from '../app/home.ts';
import { parseCommandLine } from './command-line.ts';
import { acceptConnections } from './connect.ts';
import { Lifecycle } from './lifecycle.ts';
import { setMenu } from './menu.ts';
import { showProgress } from './progress.ts';
import { registerScheme, serveScheme } from './protocol.ts';
import { recoverFromCrashes } from './recovery.ts';
import { restrictContents, restrictSession } from './security.ts';
import { windowHost } from './window-host.ts';
import { MainWindow } from './window.ts';

/** Paths relative to this bundle, which is in `out/main`. */
const PRELOAD = join(import.meta.dirname, '../preload/preload.cjs');
const RENDERER = join(import.meta.dirname, '../renderer');

/** What a second instance hands to the first. */
const handoverSchema = z.object({ paths: z.array(z.string()) });

/** Starts the application with its window, or shows the window of the instance that runs on the same home folder. */
export function start(): void {
  const words = process.argv.slice(app.isPackaged ? 1 : 2);
  const { home, paths } = parseCommandLine(words, process.cwd());
  registerScheme();
  restrictContents();
  const desk = new Desk({ home });
  setProfile(desk.home);
  if (!app.requestSingleInstanceLock({ paths })) return app.quit();
  run(desk, paths);
}

/**
 * Sets the folder of Chromium's files and of the window's place. There is one for each home, so that windows on two
 * homes can be open at once.
 */
function setProfile(home: string): void {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const folder = join(app.getPath('appData'), 'Transplant', `window-${name}`);
  try {
    makeFolder(folder);
    app.setPath('userData', folder);
  } catch {
    // Electron then uses its own default folder, and does without what it can't write there.
  }
}

function run(desk: Desk, paths: readonly string[]): void {
  const window = new MainWindow({
    preload: PRELOAD,
    place: join(app.getPath('userData'), 'window.json'),
    onClose: (event) => lifecycle.windowCloses(event),
    onCreated: recoverFromCrashes,
  });
  const lifecycle = new Lifecycle(desk, window);
  const ready = app.whenReady().then(() => {
    restrictSession();
    serveScheme(pages({ renderer: RENDERER, reports: join(desk.home, 'reports'), packed: packedFolder(desk.home) }));
    setMenu({ send: (command) => window.send(command), home: desk.home });
    connectPages(desk, window);
    lifecycle.listen();
    window.show();
    desk.open();
    watchWork(desk, window, lifecycle);
  });
  openNamedFiles(window, paths, ready);
}

function watchWork(desk: Desk, window: MainWindow, lifecycle: Lifecycle): void {
  const quitting = new AbortController();
  app.on('will-quit', () => quitting.abort());
  const activities = desk.watch(quitting.signal);
  void showProgress({ window, activities, onIdle: () => lifecycle.quitIfIdle() });
}

/**
 * Opens the files that were named when this instance was started, and those of later starts, which show this window.
 */
function openNamedFiles(window: MainWindow, paths: readonly string[], ready: Promise<void>): void {
  const open = (path: string) => void ready.then(() => window.send(`open:${path}`));
  const show = () => void ready.then(() => window.show());
  paths.forEach(open);
  // On macOS, the file manager sends this.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    open(path);
  });
  app.on('second-instance', (_event, _words, _folder, handover) => {
    show();
    handoverSchema.safeParse(handover).data?.paths.forEach(open);
  });
  // On macOS, the dock sends this.
  app.on('activate', show);
}

function connectPages(desk: Desk, window: MainWindow): void {
  const host = windowHost(window);
  acceptConnections((channel) => {
    const disconnected = window.connected();
    serveConnection(
      {
        ...channel,
        onClose: (listener) =>
          channel.onClose(() => {
            disconnected();
            listener();
          }),
      },
      desk,
      host,
    );
  });
}
