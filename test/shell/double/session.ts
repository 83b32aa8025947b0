import { EventEmitter } from 'node:events';
import type { Download, Page, Route } from 'playwright-core';
import { PreventableEvent } from './app.ts';
import { OWN, STAND_IN, toElectron } from './chromium.ts';

type Answer = (granted: boolean) => void;
type PermissionHandler = (contents: unknown, permission: string, answer: Answer) => void;

let privileged: string[] = [];
const handlers = new Map<string, (request: Request) => Promise<Response>>();

export const protocol = {
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: { standard?: boolean; secure?: boolean } }[]) {
    privileged = schemes
      .filter(({ privileges }) => privileges.standard && privileges.secure)
      .map(({ scheme }) => scheme);
  },
  handle(scheme: string, handler: (request: Request) => Promise<Response>) {
    if (!privileged.includes(scheme)) throw new Error(`${scheme} is no standard and secure scheme`);
    handlers.set(scheme, handler);
  },
};

let permissionRequests: PermissionHandler | undefined;
let permissionChecks: (() => boolean) | undefined;
let isCancelled = (_url: string): boolean => false;

const handled = {
  setPermissionRequestHandler: (handler: PermissionHandler) => (permissionRequests = handler),
  setPermissionCheckHandler: (handler: () => boolean) => (permissionChecks = handler),
  setDevicePermissionHandler: () => {},
  webRequest: {
    onBeforeRequest(listener: (details: { url: string }, answer: (said: { cancel: boolean }) => void) => void) {
      isCancelled = (url) => {
        let cancelled = false;
        listener({ url }, ({ cancel }) => (cancelled = cancel));
        return cancelled;
      };
    },
  },
};
export const session = { defaultSession: Object.assign(new EventEmitter(), handled) };

/** Names of Chromium's tools, and those that Electron asks by. */
const PERMISSIONS = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  camera: 'media',
  microphone: 'media',
  midi: 'midi',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
};

/** Electron grants a page every permission that no handler denies: one for what it asks for, one for what it looks up. */
export async function decidePermissions(page: Page, origin: string): Promise<void> {
  const tools = await page.context().newCDPSession(page);
  for (const [name, asked] of Object.entries(PERMISSIONS)) {
    let granted = true;
    permissionRequests?.({}, asked, (answer) => (granted = answer));
    const setting = granted && (permissionChecks?.() ?? true) ? 'granted' : 'denied';
    await tools.send('Browser.setPermission', { permission: { name }, setting, origin });
  }
  // The session stays: what it has set ends with it.
}

/** A file that the page wants saved. Electron shows a dialog, unless main has said where; here nobody answers one. */
export class DownloadItem extends EventEmitter {
  readonly #download: Download;
  #options = { title: '', defaultPath: '' };
  #path = '';
  #cancelled = false;

  constructor(download: Download) {
    super();
    this.#download = download;
  }

  getFilename = (): string => this.#download.suggestedFilename();
  getURL = (): string => this.#download.url().replace(STAND_IN, OWN);
  getSaveDialogOptions = () => this.#options;
  setSaveDialogOptions = (options: object): void => void Object.assign(this.#options, options);
  setSavePath = (path: string): void => void (this.#path = path);
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    void this.#download.cancel().then(() => this.emit('done', new PreventableEvent(), 'cancelled'));
  }

  begin(): void {
    if (this.#path === '' || this.#cancelled) return this.cancel();
    void this.#download.saveAs(this.#path).then(() => this.emit('done', new PreventableEvent(), 'completed'));
  }
}

/** Answers from main's handler; what is elsewhere goes to the network unless main has it cancelled. */
export async function answer(route: Route): Promise<void> {
  const request = route.request();
  const url = toElectron(request.url());
  if (isCancelled(url)) return route.abort();
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  if (!handler) return route.continue();
  const response = await handler(new Request(url, { method: request.method() }));
  const body = Buffer.from(await response.arrayBuffer());
  await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body });
}
