import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Frame, Page, Route } from 'playwright-core';
import { app, PreventableEvent } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { openChromium, STAND_IN, toChromium, toElectron } from './chromium.ts';
import { pageSide } from './page-side.ts';
import { ipcMain, PagePorts, type FromPage } from './ports.ts';
import { answer, grantPermissions } from './session.ts';

/** The page of a window. */
export class WebContents extends EventEmitter {
  readonly #preload: string;
  /** Commands that the page was sent; Electron has no such list. */
  readonly sent: unknown[] = [];
  #page: Page | undefined;
  #ports: PagePorts | undefined;
  #document = '';
  /** The address that main itself is loading. */
  #loading: string | undefined;
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
    this.#loading = toChromium(url);
    await this.#page.goto(this.#loading, { waitUntil: 'load' });
    this.emit('ready-to-show');
  }

  send(channel: string, command: unknown): void {
    this.sent.push(command);
    const message = { document: this.#document, channel, command };
    this.#page?.evaluate((told) => window.electronDouble.tell(told), message).catch(() => {});
  }

  /** As in Electron's interface. */
  forcefullyCrashRenderer(): void {
    // Never answered: the renderer is gone.
    this.#page?.goto('chrome://crash').catch(() => {});
  }

  async close(): Promise<void> {
    this.#ports?.begin('');
    const page = this.#page;
    this.#page = undefined;
    await page?.close();
  }

  async #open(): Promise<Page> {
    const context = await openChromium();
    const page = await context.newPage();
    this.#ports = new PagePorts(page);
    await grantPermissions(page, STAND_IN);
    await page.exposeBinding('toElectronDouble', ({ frame }, message: FromPage) => this.#hear(frame, message));
    const preload = readFileSync(this.#preload, 'utf8');
    await page.addInitScript({ content: `(${pageSide})((require) => {${preload}\n});` });
    await page.route('**/*', (route) => this.#route(route));
    page.on('crash', () => {
      this.#ports?.begin('');
      this.#page = undefined;
      void page.close();
      this.emit('render-process-gone', new PreventableEvent(), { reason: 'crashed', exitCode: 1 });
    });
    return page;
  }

  async #route(route: Route): Promise<void> {
    const request = route.request();
    if (request.isNavigationRequest() && request.url() !== this.#loading) {
      const isMainFrame = request.frame().parentFrame() === null;
      const event = Object.assign(new PreventableEvent(), { url: toElectron(request.url()), isMainFrame });
      this.emit('will-frame-navigate', event);
      if (event.defaultPrevented) return route.abort('aborted');
    }
    if (request.isNavigationRequest()) this.#loading = undefined;
    await answer(route);
  }

  #hear(frame: Frame, message: FromPage): void {
    const { document } = message;
    if (message.what === 'begun') {
      this.#document = document;
      this.#ports!.begin(document);
    } else if (message.what === 'handed') {
      const parent = frame.parentFrame();
      const senderFrame = { url: toElectron(frame.url()), parent };
      const ports = message.ports.map((id) => this.#ports!.adopt(id));
      ipcMain.emit(message.channel, { sender: this, senderFrame, ports }, null);
    } else if (message.what === 'said') this.#ports!.said(document, message.port, message.data);
    else if (message.what === 'closed') this.#ports!.closed(document, message.port);
    else if (this.#openHandler({ url: message.url }).action !== 'deny') void new BrowserWindow().loadURL(message.url);
  }
}
