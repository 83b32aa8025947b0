import { StandardRPCHandler } from '@orpc/server/standard';
import { createServerPeerHandleRequestFn } from '@orpc/server/standard-peer';
import { ServerPeer } from '@orpc/standard-server-peer';
import type { Workspace } from '../app/workspace/workspace.ts';
import { binHandlers } from './handlers/bin.ts';
import { engineHandlers } from './handlers/engine.ts';
import { homeHandlers } from './handlers/home.ts';
import { imageHandlers } from './handlers/images.ts';
import { layerHandlers } from './handlers/layers.ts';
import { networkHandlers } from './handlers/networks.ts';
import { figureHandlers } from './handlers/results.ts';
import { queueHandlers } from './handlers/queue.ts';
import { runHandlers } from './handlers/runs.ts';
import { settingsHandlers } from './handlers/settings.ts';
import { studyHandlers } from './handlers/studies.ts';
import { api, type Host } from './implement.ts';

/** The handlers of all procedures of the contract. This does not compile if one is missing. */
const router = api.router({
  home: homeHandlers,
  images: imageHandlers,
  networks: networkHandlers,
  studies: studyHandlers,
  queue: queueHandlers,
  bin: binHandlers,
  figures: figureHandlers,
  runs: runHandlers,
  layers: layerHandlers,
  engine: engineHandlers,
  settings: settingsHandlers,
});

/** A connection to one page, over a MessagePort or a WebSocket: both carry the same frames. */
export interface Channel {
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  onFrame(listener: (frame: unknown) => void): void;
  /** Called once, whichever end closes. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Characters of a frame, at most. A split that names 65,535 classes fits; a longer one is a mistake or an attack. */
const LONGEST_FRAME = 4 * 2 ** 20;
/** Requests that are answered at the same time, at most. The screens need a few dozen. */
const MOST_AT_ONCE = 512;

/**
 * Answers one page until its channel closes, which also ends the streams that it listens to. A frame that the
 * contract's client would not send closes the channel, because only an attacker or a bug sends it and the adapter would
 * throw.
 */
export function serveConnection(channel: Channel, workspace: Workspace, host: Host): void {
  const peer = new ServerPeer((frame) => channel.send(frame as string | Uint8Array<ArrayBuffer>));
  const answer = createServerPeerHandleRequestFn(handler, { context: { workspace, host } });
  let answering = 0;
  channel.onFrame((frame) => {
    if (answering >= MOST_AT_ONCE || !isRequest(frame)) return channel.close();
    answering += 1;
    peer
      .message(frame, answer)
      // The channel was closed while an answer was on its way, or a frame was well-formed but made no sense.
      .catch(() => channel.close())
      .finally(() => (answering -= 1));
  });
  channel.onClose(() => peer.close());
}

const handler = new StandardRPCHandler(router, {});

/** Whether a frame has the shape that the adapter relies on. Requests have no binary data, so they are always text. */
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
  // Type 4 ends a stream that the page no longer listens to. Type 3 would be a stream from the page; the contract has
  // none.
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
