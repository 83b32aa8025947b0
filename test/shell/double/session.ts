import type { Page, Route } from 'playwright-core';
import { toElectron } from './chromium.ts';

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

export const session = {
  defaultSession: {
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
  },
};

const PERMISSIONS = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi'];

/** Electron grants a page every permission that no handler denies: one for what it asks for, one for what it looks up. */
export async function grantPermissions(page: Page, origin: string): Promise<void> {
  const granted = PERMISSIONS.filter((permission) => {
    let answered = true;
    permissionRequests?.({}, permission, (answer) => (answered = answer));
    return answered || (permissionChecks?.() ?? true);
  });
  await page.context().grantPermissions(granted, { origin });
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
