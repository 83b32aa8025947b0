import { StandardRPCHandler } from '@orpc/server/standard';
import { createServerPeerHandleRequestFn } from '@orpc/server/standard-peer';
import { ServerPeer } from '@orpc/standard-server-peer';
import type { Desk } from '../app/desk.ts';
import type { Host } from './host.ts';
import { router } from './router.ts';

/** One renderer at the other end of a MessagePort or a WebSocket, whichever: both carry the same frames. */
export interface Channel {
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  onFrame(listener: (frame: unknown) => void): void;
  /** Called once, whichever end closes. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Characters. A split that names 65,535 classes fits; what is longer is a mistake or an attack. */
const LONGEST_FRAME = 4 * 2 ** 20;
/** Frames that are being answered at once; the screens need a few dozen at the most. */
const MOST_AT_ONCE = 512;

/**
 * Answers one renderer until its channel closes; streams that it listens to end with it. A frame that is not what the
 * contract's client sends closes the channel: nobody but an attacker or a bug sends such, and the adapter would throw.
 */
export function serveConnection(channel: Channel, desk: Desk, host: Host): void {
  const peer = new ServerPeer((frame) => channel.send(frame as string | Uint8Array<ArrayBuffer>));
  const answer = createServerPeerHandleRequestFn(handler, { context: { desk, host } });
  let answering = 0;
  channel.onFrame((frame) => {
    if (answering >= MOST_AT_ONCE || !isRequest(frame)) return channel.close();
    answering += 1;
    peer
      .message(frame, answer)
      // The channel closed while an answer was on its way, or a frame was well-formed and still nonsense.
      .catch(() => channel.close())
      .finally(() => (answering -= 1));
  });
  channel.onClose(() => peer.close());
}

const handler = new StandardRPCHandler(router, {});

/** The shape of a frame, as far as the adapter relies on it. Requests carry no bytes: they are always text. */
function isRequest(frame: unknown): frame is string {
  if (typeof frame !== 'string' || frame.length > LONGEST_FRAME) return false;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return false;
  }
  if (!isObject(message) || typeof message.i !== 'string' || message.i.length > 64) return false;
  const { t: type = 1, p: payload } = message;
  // 4 ends a stream that the renderer no longer listens to; 3 would be a stream from it, of which the contract has none.
  if (type === 4) return true;
  if (type !== 1 || !isObject(payload)) return false;
  const { u: url, h: headers, m: method } = payload;
  return (
    typeof url === 'string' &&
    /^\/[A-Za-z/]{1,100}$/.test(url) &&
    method === undefined &&
    (headers === undefined || (isObject(headers) && Object.keys(headers).length === 0))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
