import type { WebSocket } from 'ws';

/**
 * Ends a connection whose other end is gone without a word (a laptop that was closed, a tunnel that broke): every so many
 * milliseconds it is asked, and it must have answered by the next time. Browsers answer by themselves.
 */
export function heartbeat(socket: WebSocket, milliseconds: number): void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, milliseconds);
  socket.once('close', () => clearInterval(timer));
}
