import { ipcMain, type IpcMainEvent, type MessagePortMain } from 'electron';
import type { Channel } from '../api/connection.ts';
import { isPage } from './address.ts';
import { CONNECT } from './channels.ts';

/**
 * Takes the ports that the page hands over. Only the page itself is answered, in its main frame and at its own address;
 * ports of anybody else are closed.
 */
export function acceptConnections(serve: (channel: Channel) => void): void {
  ipcMain.on(CONNECT, (event) => {
    if (event.ports.length !== 1 || !isOwn(event)) return event.ports.forEach((port) => port.close());
    const [port] = event.ports;
    serve(channelOf(port));
    port.start();
  });
}

function isOwn({ senderFrame }: IpcMainEvent): boolean {
  // Null: the frame has gone elsewhere since.
  return senderFrame !== null && senderFrame.parent === null && isPage(senderFrame.url);
}

function channelOf(port: MessagePortMain): Channel {
  let onClose = (): void => {};
  // Electron says it when the other end closes, and nothing when this one does.
  const closed = () => {
    const tell = onClose;
    onClose = () => {};
    tell();
  };
  port.on('close', closed);
  return {
    send: (frame) => port.postMessage(frame),
    onFrame: (listener) => void port.on('message', ({ data }) => listener(data)),
    onClose: (listener) => {
      onClose = listener;
    },
    close() {
      port.close();
      closed();
    },
  };
}
