import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Channel } from '../api/connection.ts';
import { type Admission, checkHost, checkOrigin, checkToken, HttpError, SUBPROTOCOL } from './admission.ts';

const PATH = '/connection';

/** Bytes of a frame, at most. The longest that the page sends is far shorter. */
const LONGEST_FRAME = 4 * 2 ** 20;

/** Pages that can be open at once. */
const MOST_PAGES = 64;

/** WebSocket close code: the server is going away. */
const GOING_AWAY = 1001;

export interface ConnectionsOptions {
  readonly admission: Admission;
  readonly connect: (channel: Channel) => void;
  /** Milliseconds between pings. */
  readonly pingEvery: number;
  /** Is called with each request that has shown its token. */
  readonly onAdmitted: (request: IncomingMessage) => void;
}

/** The web sockets of the pages that are open. */
export class Connections {
  readonly #admission: Admission;
  readonly #connect: (channel: Channel) => void;
  readonly #pingEvery: number;
  readonly #onAdmitted: (request: IncomingMessage) => void;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_FRAME,
    perMessageDeflate: false,
    // The answer names the subprotocol that is no secret.
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });

  constructor({ admission, connect, pingEvery, onAdmitted }: ConnectionsOptions) {
    this.#admission = admission;
    this.#connect = connect;
    this.#pingEvery = pingEvery;
    this.#onAdmitted = onAdmitted;
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
    checkToken(request, this.#admission);
    this.#onAdmitted(request);
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

/** Pings in a row that may stay unanswered: who is late is not gone. On a busy machine a page, or this process, may be held up. */
const MISSED = 2;

/**
 * Ends a connection whose other end has disappeared without closing it (a laptop that was closed, a tunnel that broke): one that
 * has sent nothing since some pings, of which there is one every so many milliseconds. Browsers answer by themselves.
 */
function heartbeat(socket: WebSocket, milliseconds: number): void {
  let unanswered = 0;
  const heard = () => (unanswered = 0);
  socket.on('pong', heard).on('message', heard);
  const timer = setInterval(() => {
    if (unanswered > MISSED) return socket.terminate();
    unanswered += 1;
    socket.ping();
  }, milliseconds);
  socket.once('close', () => clearInterval(timer));
}

/** Bytes waiting to be sent, at most. A browser that does not take them hangs, or is an attacker. */
const MOST_BUFFERED = 256 * 2 ** 20;

/** WebSocket close code: the other end broke the rules. */
const POLICY_VIOLATION = 1008;

/** A web socket as a channel to a page. */
function socketChannel(socket: WebSocket): Channel {
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
