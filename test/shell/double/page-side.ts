/**
 * What Electron gives a preload, in the page. Two scripts whose texts Chromium runs at the start of every document: one in the page's
 * own world, which makes there what the preload exposes, and one in a world of the preload's own, with the preload after it. They
 * share the document and nothing else, and hear each other by events whose names the page does not know.
 */

/** A message to main (preload-world.ts). Ports are numbered in the order in which they were handed over. */
export type FromPage =
  | { readonly what: 'handed'; readonly channel: string; readonly ports: number[] }
  | { readonly what: 'said'; readonly port: number; readonly data: Travelling }
  | { readonly what: 'closed'; readonly port: number }
  | { readonly what: 'window'; readonly url: string }
  | { readonly what: 'key'; readonly key: string; readonly control: boolean; readonly shift: boolean };

/** A message from main. */
export type ToPage =
  | { readonly channel: string; readonly command: unknown }
  | { readonly port: number; readonly data: Travelling }
  | { readonly port: number; readonly data?: undefined };

/** The protocol of Chromium's tools carries text. A view of bytes travels with the whole buffer that it is a view of, as in Electron. */
export type Travelling =
  { readonly text: string } | { readonly base64: string; readonly from: number; readonly length: number };

/** How the worlds call each other: functions are passed as numbers, all else is cloned. */
type Passed = { readonly value: unknown } | { readonly callback: number };

declare global {
  /** In the preload's world only. */
  var toElectronDouble: (message: string) => void;
  var electronDouble: (message: ToPage) => void;
}

export function pageWorld(secret: string): void {
  if (window !== window.top) return;
  const callbacks: ((...words: unknown[]) => void)[] = [];
  const tell = (what: string, detail: unknown) => window.dispatchEvent(new CustomEvent(secret + what, { detail }));
  const hear = <Detail>(what: string, listener: (detail: Detail) => void) =>
    window.addEventListener(secret + what, (event) => listener((event as CustomEvent<Detail>).detail));
  const pass = (word: unknown): Passed =>
    typeof word === 'function' ? { callback: callbacks.push(word as never) - 1 } : { value: word };
  let returned: unknown;
  hear('returned', (value) => (returned = value));
  hear<{ callback: number; words: unknown[] }>('called-back', ({ callback, words }) => callbacks[callback](...words));
  hear<{ name: string; functions: string[] }>('exposed', ({ name, functions }) => {
    const stub =
      (key: string) =>
      (...words: unknown[]) => {
        returned = undefined;
        tell('called', { name, key, words: words.map(pass) });
        return returned;
      };
    const value = Object.freeze(Object.fromEntries(functions.map((key) => [key, stub(key)])));
    Object.defineProperty(window, name, { value, enumerable: true });
  });
  // A window that main denies is null to the page; one that it allows the double makes a window of.
  window.open = (url) => (tell('window', `${url}`), null);
}

export function preloadWorld(secret: string, preload: (require: (name: string) => unknown) => void): void {
  // Electron runs no preload in frames.
  if (window !== window.top) return;
  const ports: MessagePort[] = [];
  const MODIFIERS = ['Control', 'Shift', 'Alt', 'Meta'];
  const listeners = new Map<string, (event: unknown, ...words: unknown[]) => void>();
  const toMain = (message: FromPage): void => globalThis.toElectronDouble(JSON.stringify(message));
  const tell = (what: string, detail: unknown) => window.dispatchEvent(new CustomEvent(secret + what, { detail }));
  const hear = <Detail>(what: string, listener: (detail: Detail) => void) =>
    window.addEventListener(secret + what, (event) => listener((event as CustomEvent<Detail>).detail));

  function pack(data: string | Uint8Array): Travelling {
    if (typeof data === 'string') return { text: data };
    const letters = Array.from(new Uint8Array(data.buffer), (byte) => String.fromCharCode(byte));
    return { base64: btoa(letters.join('')), from: data.byteOffset, length: data.length };
  }
  function unpack(data: Travelling): string | Uint8Array {
    if ('text' in data) return data.text;
    const whole = Uint8Array.from(atob(data.base64), (letter) => letter.charCodeAt(0));
    return whole.subarray(data.from, data.from + data.length);
  }
  function hand(port: MessagePort): number {
    const id = ports.push(port) - 1;
    port.onmessage = ({ data }) => toMain({ what: 'said', port: id, data: pack(data) });
    port.addEventListener('close', () => toMain({ what: 'closed', port: id }));
    return id;
  }

  globalThis.electronDouble = (message) => {
    if ('channel' in message) listeners.get(message.channel)?.({}, message.command);
    else if (message.data) ports[message.port].postMessage(unpack(message.data));
    else ports[message.port].close();
  };
  hear<string>('window', (url) => toMain({ what: 'window', url }));
  // Menus hear what the page left.
  window.addEventListener('keydown', ({ key, ctrlKey, metaKey, shiftKey, defaultPrevented }) => {
    if (!defaultPrevented && !MODIFIERS.includes(key))
      toMain({ what: 'key', key, control: ctrlKey || metaKey, shift: shiftKey });
  });

  const exposed = new Map<string, Record<string, (...words: unknown[]) => unknown>>();
  const take = (passed: Passed) =>
    'callback' in passed
      ? (...words: unknown[]) => void tell('called-back', { callback: passed.callback, words })
      : passed.value;
  hear<{ name: string; key: string; words: Passed[] }>('called', ({ name, key, words }) =>
    tell('returned', exposed.get(name)![key](...words.map(take))),
  );
  const electron = {
    contextBridge: {
      exposeInMainWorld(name: string, bridge: Record<string, (...words: unknown[]) => unknown>) {
        exposed.set(name, bridge);
        tell('exposed', { name, functions: Object.keys(bridge) });
      },
    },
    ipcRenderer: {
      on: (channel: string, listener: () => void) => listeners.set(channel, listener),
      postMessage: (channel: string, _message: null, handed: MessagePort[]) =>
        toMain({ what: 'handed', channel, ports: handed.map(hand) }),
    },
    // Only files that come from the system have a path.
    webUtils: { getPathForFile: () => '' },
  };
  preload((name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload can't require ${name}`);
    return electron;
  });
}
