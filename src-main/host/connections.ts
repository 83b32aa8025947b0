import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Channel } from '../api/connection.ts';
import { checkCookie, checkHost, checkOrigin, type Admission } from './admission.ts';
import { heartbeat } from './heartbeat.ts';
import { HttpError } from './refused.ts';
import { socketChannel } from './socket-channel.ts';

const PATH = '/connection';

/** Bytes of a frame, at most. The longest that the page sends is far shorter. */
const LONGEST_FRAME = 4 * 2 ** 20;

/** Pages that can be open at once. */
const MOST_PAGES = 64;

/** WebSocket close code: the server is going away. */
const GOING_AWAY = 1001;

/** The web sockets of the pages that are open. */
export class Connections {
  readonly #admission: Admission;
  readonly #connect: (channel: Channel) => void;
  readonly #pingEvery: number;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LONGEST_FRAME, perMessageDeflate: false });

  constructor(admission: Admission, connect: (channel: Channel) => void, pingEvery: number) {
    this.#admission = admission;
    this.#connect = connect;
    this.#pingEvery = pingEvery;
  }

  /** Accepts a request for a web socket, or answers it with an HTTP error. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A browser may go away at any time. Without a listener, the error would end the process.
    socket.on('error', () => socket.destroy());
    try {
      this.#check(request);
    } catch (error) {
      return refuse(
        socket,
        error instanceof HttpError ? error : new HttpError(500, 'Transplant could not answer this request.'),
      );
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // If a frame breaks the protocol or is too long, ws closes the connection itself.
      webSocket.on('error', () => {});
      heartbeat(webSocket, this.#pingEvery);
      this.#connect(socketChannel(webSocket));
    });
  }

  #check(request: IncomingMessage): void {
    checkHost(request, this.#admission);
    checkOrigin(request, { required: true });
    checkCookie(request, this.#admission);
    if (request.url !== PATH) throw new HttpError(404, `The web socket is at ${PATH}.`);
    if (this.#server.clients.size >= MOST_PAGES)
      throw new HttpError(503, `Transplant is open in ${MOST_PAGES} pages; close some of them.`);
  }

  /** Closes the connections of all pages. */
  close(): void {
    for (const webSocket of this.#server.clients) {
      webSocket.close(GOING_AWAY);
      webSocket.terminate();
    }
  }
}

function refuse(socket: Duplex, { status, message }: HttpError): void {
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `X-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
