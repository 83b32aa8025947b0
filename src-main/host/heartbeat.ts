import type { WebSocket } from 'ws';

/**
 * Ends a connection whose other end has disappeared without closing it (a laptop that was closed, a tunnel that broke).
 * It sends a ping every so many milliseconds, which must be answered before the next. Browsers answer by themselves.
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
