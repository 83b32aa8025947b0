import type { WebSocket } from 'ws';
import type { Channel } from '../api/connection.ts';

/** Bytes waiting to be sent, at most. A browser that does not take them hangs, or is an attacker. */
const MOST_BUFFERED = 256 * 2 ** 20;

/** WebSocket close code: the other end broke the rules. */
const POLICY_VIOLATION = 1008;

/** A web socket as a channel to a page. */
export function socketChannel(socket: WebSocket): Channel {
  return {
    send(frame) {
      if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate();
      else socket.send(frame);
    },
    onFrame(listener) {
      socket.on('message', (data: Buffer, isBinary) => {
        // Frames may still come in after the socket was closed; they are ignored.
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
