import { app } from 'electron';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { serveConnection } from '../api/connection.ts';
import { pages } from '../api/pages.ts';
import { Workspace } from '../app/workspace/workspace.ts';
import { makeFolder, packedFolder } from '../app/home.ts';
import { readSettings } from '../app/settings.ts';
import { parseCommandLine } from './command-line.ts';
import { acceptConnections } from './connect.ts';
import { Lifecycle, recoverFromCrashes } from './lifecycle.ts';
import { setMenu } from './menu.ts';
import { showProgress } from './progress.ts';
import { isRootWithoutSandbox, openBrowserInstead } from './root.ts';
import { registerScheme, restrictContents, restrictSession, serveScheme } from './security.ts';
import { MainWindow, nameSaveDialogs, windowHost } from './window.ts';

/** Paths relative to this bundle, which is in `out/main`. */
const PRELOAD = join(import.meta.dirname, '../preload/preload.cjs');
const RENDERER = join(import.meta.dirname, '../renderer');

/** What a second instance hands to the first. */
const handoverSchema = z.object({ paths: z.array(z.string()) });

/** Starts the application with its window, or shows the window of the instance that runs on the same home folder. */
export function start(): void {
  const { home, paths } = parseCommandLine(process.argv.slice(1), process.cwd(), resolve(app.getAppPath()));
  if (isRootWithoutSandbox()) return openBrowserInstead(home);
  registerScheme();
  restrictContents();
  const workspace = new Workspace({ home });
  setProfile(workspace.home);
  if (!app.requestSingleInstanceLock({ paths })) return app.quit();
  run(workspace, paths);
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

function run(workspace: Workspace, paths: readonly string[]): void {
  const window = new MainWindow({
    preload: PRELOAD,
    place: join(app.getPath('userData'), 'window.json'),
    onClose: (event) => lifecycle.windowCloses(event),
    onCreated: recoverFromCrashes,
  });
  const lifecycle = new Lifecycle(workspace, window);
  const ready = app.whenReady().then(() => {
    restrictSession();
    serveScheme(
      pages({ renderer: RENDERER, reports: join(workspace.home, 'reports'), packed: packedFolder(workspace.home) }),
    );
    nameSaveDialogs();
    setMenu({ send: (command) => window.send(command), home: workspace.home });
    connectPages(workspace, window);
    lifecycle.listen();
    window.show();
    workspace.open();
    watchWork(workspace, window, lifecycle);
  });
  openNamedFiles(window, paths, ready);
}

function watchWork(workspace: Workspace, window: MainWindow, lifecycle: Lifecycle): void {
  const quitting = new AbortController();
  app.on('will-quit', () => quitting.abort());
  const activities = workspace.watch(quitting.signal);
  const wanted = () => workspace.closed === undefined && readSettings(workspace.application.store).notifications;
  void showProgress({ window, activities, wanted, onIdle: () => lifecycle.quitIfIdle() });
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

function connectPages(workspace: Workspace, window: MainWindow): void {
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
      workspace,
      host,
    );
  });
}
