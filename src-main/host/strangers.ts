import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** An answer that is on its way to a stranger, over a slow line, may take so many times longer. */
const ANSWERED = 6;

/**
 * Closes the connections of those who have shown no secret so many milliseconds after they came, or when an answer that
 * is on its way then has taken ANSWERED times as long.
 *
 * @returns a function that says of a request that it has shown a secret; its connection stays from then on
 */
export function closeStrangers(server: Server, milliseconds: number): (request: IncomingMessage) => void {
  const admitted = new WeakSet<Socket>();
  const answered = new WeakMap<Socket, number>();
  const count = (socket: Socket, change: number) => answered.set(socket, (answered.get(socket) ?? 0) + change);
  server.on('connection', (socket) => {
    const close = () => {
      if (!admitted.has(socket)) socket.destroy();
    };
    const first = setTimeout(() => {
      if (!answered.get(socket)) close();
    }, milliseconds);
    const last = setTimeout(close, ANSWERED * milliseconds);
    socket.once('close', () => {
      clearTimeout(first);
      clearTimeout(last);
    });
  });
  server.on('request', ({ socket }, response) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
  return ({ socket }) => void admitted.add(socket);
}
