import type { FromPage, Travelling } from './ports.ts';

/** What Electron gives a preload, in the page: this function's text is an init script, with the preload after it. */

declare global {
  interface Window {
    electronDouble: {
      tell(message: { document: string; port?: number; data?: Travelling; channel?: string; command?: unknown }): void;
    };
    toElectronDouble(message: FromPage): Promise<void>;
  }
}

export function pageSide(preload: (require: (name: string) => unknown) => void): void {
  // Electron runs no preload in frames.
  if (window !== window.top) return;
  const document = crypto.randomUUID();
  const ports = new Map<number, MessagePort>();
  const listeners = new Map<string, (event: unknown, ...words: unknown[]) => void>();
  const toMain = window.toElectronDouble;
  void toMain({ document, what: 'begun' });

  function pack(data: string | Uint8Array): Travelling {
    if (typeof data === 'string') return { text: data };
    return { base64: btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join('')) };
  }
  function unpack(data: Travelling): string | Uint8Array {
    return 'text' in data ? data.text : Uint8Array.from(atob(data.base64), (letter) => letter.charCodeAt(0));
  }

  function hand(port: MessagePort): number {
    const id = ports.size;
    ports.set(id, port);
    port.onmessage = ({ data }) => void toMain({ document, what: 'said', port: id, data: pack(data) });
    port.addEventListener('close', () => void toMain({ document, what: 'closed', port: id }));
    return id;
  }

  window.electronDouble = {
    tell(message) {
      if (message.document !== document) return;
      if (message.channel !== undefined) listeners.get(message.channel)?.({}, message.command);
      else if (message.data) ports.get(message.port!)?.postMessage(unpack(message.data));
      else ports.get(message.port!)?.close();
    },
  };
  // A window that main denies is null to the page; one that it allows the double makes a window of.
  window.open = (url) => (void toMain({ document, what: 'window', url: `${url}` }), null);

  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, bridge: unknown) =>
        Object.defineProperty(window, name, { value: Object.freeze(bridge), enumerable: true }),
    },
    ipcRenderer: {
      on: (channel: string, listener: () => void) => listeners.set(channel, listener),
      postMessage: (channel: string, _message: null, handed: MessagePort[]) =>
        void toMain({ document, what: 'handed', channel, ports: handed.map(hand) }),
    },
    // Only files that come from the system have a path.
    webUtils: { getPathForFile: () => '' },
  };
  preload((name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload can't require ${name}`);
    return electron;
  });
}
