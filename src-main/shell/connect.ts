import { ipcMain, type IpcMainEvent, type MessagePortMain } from 'electron';
import type { Channel } from '../api/connection.ts';
import { CONNECT, isPage } from './address.ts';

/**
 * Accepts the ports that the page hands over. Only the page itself is answered, in its main frame and at its own
 * address; ports of anything else are closed.
 */
export function acceptConnections(serve: (channel: Channel) => void): void {
  ipcMain.on(CONNECT, (event) => {
    if (event.ports.length !== 1 || !isFromPage(event)) return event.ports.forEach((port) => port.close());
    const [port] = event.ports;
    serve(channelOf(port));
    port.start();
  });
}

function isFromPage({ senderFrame }: IpcMainEvent): boolean {
  // It is null if the frame has navigated elsewhere since.
  return senderFrame !== null && senderFrame.parent === null && isPage(senderFrame.url);
}

/** Bytes in a buffer of their own: with a view of bytes, all of its buffer would go to the page. */
function alone(frame: string | Uint8Array<ArrayBuffer>): string | Uint8Array<ArrayBuffer> {
  // The adapter's frames are buffers as well as views of them.
  const isPart = ArrayBuffer.isView(frame) && frame.byteLength < frame.buffer.byteLength;
  return isPart ? new Uint8Array(frame) : frame;
}

function channelOf(port: MessagePortMain): Channel {
  let onClose = (): void => {};
  // Electron reports when the other end closes, but not when this one does.
  const onClosed = () => {
    const listener = onClose;
    onClose = () => {};
    listener();
  };
  port.on('close', onClosed);
  return {
    send: (frame) => port.postMessage(alone(frame)),
    onFrame: (listener) => void port.on('message', ({ data }) => listener(data)),
    onClose: (listener) => {
      onClose = listener;
    },
    close() {
      port.close();
      onClosed();
    },
  };
}
