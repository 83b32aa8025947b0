import { EventEmitter } from 'node:events';
import type { Page } from 'playwright-core';

export const ipcMain = new EventEmitter();

/** One end of a channel in main. What comes before `start` waits. */
export class MessagePortMain extends EventEmitter {
  #waiting: unknown[] | undefined = [];
  #open = true;
  readonly #far: { deliver(data: unknown): void; closed(): void };

  constructor(far: { deliver(data: unknown): void; closed(): void }) {
    super();
    this.#far = far;
  }

  start(): void {
    for (const data of this.#waiting ?? []) this.emit('message', { data, ports: [] });
    this.#waiting = undefined;
  }
  postMessage(data: unknown): void {
    if (this.#open) this.#far.deliver(data);
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#far.closed();
  }

  deliver(data: unknown): void {
    if (!this.#open) return;
    if (this.#waiting) this.#waiting.push(data);
    else this.emit('message', { data, ports: [] });
  }
  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1: MessagePortMain = new MessagePortMain({
    deliver: (data) => queueMicrotask(() => this.port2.deliver(data)),
    closed: () => queueMicrotask(() => this.port2.closed()),
  });
  readonly port2: MessagePortMain = new MessagePortMain({
    deliver: (data) => queueMicrotask(() => this.port1.deliver(data)),
    closed: () => queueMicrotask(() => this.port1.closed()),
  });
}

/** A message of the page's part of the double (page-side.ts). `document` tells documents of one page apart. */
export type FromPage = { readonly document: string } & (
  | { readonly what: 'begun' }
  | { readonly what: 'handed'; readonly channel: string; readonly ports: number[] }
  | { readonly what: 'said'; readonly port: number; readonly data: Travelling }
  | { readonly what: 'closed'; readonly port: number }
  | { readonly what: 'window'; readonly url: string }
);

/** Playwright carries JSON: bytes travel as Base64. */
export type Travelling = { readonly text: string } | { readonly base64: string };

/** The ends in main of the ports that a page has handed over. */
export class PagePorts {
  readonly #page: Page;
  #document = '';
  #ports = new Map<number, MessagePortMain>();
  #sending = Promise.resolve();

  constructor(page: Page) {
    this.#page = page;
  }

  /** The ports of a page that is gone are closed. */
  begin(document: string): void {
    for (const port of this.#ports.values()) port.closed();
    this.#ports = new Map();
    this.#document = document;
  }
  adopt(id: number): MessagePortMain {
    const port = new MessagePortMain({
      deliver: (data) => this.#tell({ port: id, data: pack(data) }),
      closed: () => this.#tell({ port: id }),
    });
    this.#ports.set(id, port);
    return port;
  }
  said(document: string, id: number, data: Travelling): void {
    if (document === this.#document) this.#ports.get(id)?.deliver(unpack(data));
  }
  closed(document: string, id: number): void {
    if (document === this.#document) this.#ports.get(id)?.closed();
  }

  /** In the order of the calls. */
  #tell(message: { port: number; data?: Travelling }): void {
    const document = this.#document;
    this.#sending = this.#sending
      .then(() => this.#page.evaluate((told) => window.electronDouble.tell(told), { document, ...message }))
      // The page is gone, and its ports with it.
      .catch(() => {});
  }
}

function pack(data: unknown): Travelling {
  if (typeof data === 'string') return { text: data };
  if (data instanceof Uint8Array) return { base64: Buffer.from(data).toString('base64') };
  throw new Error('the double carries text and bytes only');
}
const unpack = (data: Travelling): string | Uint8Array =>
  'text' in data ? data.text : new Uint8Array(Buffer.from(data.base64, 'base64'));
