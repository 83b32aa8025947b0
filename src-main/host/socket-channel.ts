import type { WebSocket } from 'ws';
import type { Channel } from '../api/connection.ts';

/** Bytes on their way to a browser that doesn't take them: it hangs, or means harm. */
const MOST_WAITING = 256 * 2 ** 20;

/** WebSocket close code: the other end broke the rules. */
const POLICY_VIOLATION = 1008;

/** A web socket as the application sees a renderer. */
export function socketChannel(socket: WebSocket): Channel {
  return {
    send(frame) {
      if (socket.bufferedAmount > MOST_WAITING) socket.terminate();
      else socket.send(frame);
    },
    onFrame(listener) {
      socket.on('message', (data: Buffer, isBinary) => {
        // Frames still come in after we have said goodbye; nobody works for those.
        if (socket.readyState === socket.OPEN) listener(isBinary ? new Uint8Array(data) : data.toString());
      });
    },
    onClose(listener) {
      socket.once('close', () => listener());
    },
    close() {
      socket.close(POLICY_VIOLATION);
    },
  };
}
