import { EventEmitter } from 'node:events';
import type { ToPage, Travelling } from './page-side.ts';

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

/** The ends in main of the ports that a document has handed over. */
export class PagePorts {
  readonly #tell: (message: ToPage) => void;
  #ports = new Map<number, MessagePortMain>();

  constructor(tell: (message: ToPage) => void) {
    this.#tell = tell;
  }

  adopt(port: number): MessagePortMain {
    const end = new MessagePortMain({
      deliver: (data) => this.#tell({ port, data: pack(data) }),
      closed: () => this.#tell({ port }),
    });
    this.#ports.set(port, end);
    return end;
  }
  said(port: number, data: Travelling): void {
    this.#ports.get(port)?.deliver(unpack(data));
  }
  closed(port: number): void {
    this.#ports.get(port)?.closed();
  }
  /** The document is gone, and its ends of the ports with it. */
  closeAll(): void {
    for (const port of this.#ports.values()) port.closed();
    this.#ports = new Map();
  }
}

function pack(data: unknown): Travelling {
  if (typeof data === 'string') return { text: data };
  if (!(data instanceof Uint8Array)) throw new Error('the double carries text and bytes only');
  const { buffer, byteOffset, length } = data;
  return { base64: Buffer.from(buffer).toString('base64'), from: byteOffset, length };
}
const unpack = (data: Travelling): string | Uint8Array =>
  'text' in data
    ? data.text
    : new Uint8Array(Buffer.from(data.base64, 'base64')).subarray(data.from, data.from + data.length);
