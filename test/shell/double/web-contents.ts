import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Page, Route } from 'playwright-core';
import { app, PreventableEvent } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { openChromium, STAND_IN, toChromium, toElectron } from './chromium.ts';
import { Menu } from './desktop.ts';
import type { FromPage } from './page-side.ts';
import { ipcMain, PagePorts } from './ports.ts';
import { PreloadWorld } from './preload-world.ts';
import { answer, decidePermissions, DownloadItem, session } from './session.ts';

/** The page of a window. */
export class WebContents extends EventEmitter {
  readonly #preload: string;
  readonly #ports = new PagePorts((message) => this.#world?.tell(message));
  #page: Page | undefined;
  #world: PreloadWorld | undefined;
  /** The address that main itself is loading. */
  #loading: string | undefined;
  /** Keys that the desktop has sent and the page has not passed on yet. */
  #keys = 0;
  #openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });

  constructor(preload: string) {
    super();
    this.#preload = preload;
    queueMicrotask(() => app.emit('web-contents-created', new PreventableEvent(), this));
  }

  setWindowOpenHandler = (handler: (details: { url: string }) => { action: string }): void => {
    this.#openHandler = handler;
  };
  getURL = (): string => toElectron(this.#page?.url() ?? '');

  async loadURL(url: string): Promise<void> {
    this.#page ??= await this.#open();
    // Chromium's tools reach no document that is being left. In Electron it hears what main sends until the next one is there.
    await setImmediate();
    await this.#world!.told;
    this.#loading = toChromium(url);
    await this.#page.goto(this.#loading, { waitUntil: 'load' });
  }

  /** Reaches the document that is there now; if there is none, nobody. */
  send(channel: string, command: unknown): void {
    this.#world?.tell({ channel, command });
  }

  /** A key as from the keyboard: of the desktop, so that the menu hears it, and not of the page's tools. */
  sendInputEvent({ type, keyCode, modifiers = [] }: { type: string; keyCode: string; modifiers?: string[] }): void {
    if (type !== 'keyDown') return;
    this.#keys += 1;
    const held = modifiers.map((name) => name[0].toUpperCase() + name.slice(1));
    void this.#page?.keyboard.press([...held, keyCode].join('+'));
  }

  /** As in Electron's interface. */
  forcefullyCrashRenderer(): void {
    // Never answered: the renderer is gone.
    this.#page?.goto('chrome://crash').catch(() => {});
  }

  async close(): Promise<void> {
    this.#ports.closeAll();
    const page = this.#page;
    this.#page = undefined;
    await page?.close();
  }

  async #open(): Promise<Page> {
    const context = await openChromium();
    const page = await context.newPage();
    await decidePermissions(page, STAND_IN);
    this.#world = await PreloadWorld.open(page, readFileSync(this.#preload, 'utf8'), {
      gone: () => this.#ports.closeAll(),
      heard: (message) => this.#hear(message),
    });
    await page.route('**/*', (route) => this.#route(route));
    page.on('load', () => this.emit('ready-to-show'));
    page.on('download', (download) => {
      const item = new DownloadItem(download);
      session.defaultSession.emit('will-download', new PreventableEvent(), item, this);
      item.begin();
    });
    page.on('crash', () => {
      this.#ports.closeAll();
      this.#page = undefined;
      void page.close();
      this.emit('render-process-gone', new PreventableEvent(), { reason: 'crashed', exitCode: 1 });
    });
    return page;
  }

  async #route(route: Route): Promise<void> {
    const request = route.request();
    if (request.isNavigationRequest() && request.url() !== this.#loading) {
      // Main is asked where the page wants to go, not where a person or the tools send it: these reload it unasked.
      if (await this.#world!.wishes(request.url())) {
        const isMainFrame = request.frame().parentFrame() === null;
        const event = Object.assign(new PreventableEvent(), { url: toElectron(request.url()), isMainFrame });
        this.emit('will-frame-navigate', event);
        if (event.defaultPrevented) return route.abort('aborted');
      }
    }
    if (request.isNavigationRequest()) this.#loading = undefined;
    await answer(route);
  }

  #hear(message: FromPage): void {
    if (message.what === 'handed') {
      const senderFrame = { url: this.getURL(), parent: null };
      const ports = message.ports.map((id) => this.#ports.adopt(id));
      ipcMain.emit(message.channel, { sender: this, senderFrame, ports }, null);
    } else if (message.what === 'said') this.#ports.said(message.port, message.data);
    else if (message.what === 'closed') this.#ports.closed(message.port);
    else if (message.what === 'key') {
      if (this.#keys === 0) return;
      this.#keys -= 1;
      Menu.getApplicationMenu()?.accelerate(message);
    } else if (this.#openHandler({ url: message.url }).action !== 'deny') void new BrowserWindow().loadURL(message.url);
  }
}
