import { createORPCClient, isDefinedError } from '@orpc/client';
import { DedupeRequestsPlugin } from '@orpc/client/plugins';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { Bridge } from '../src-main/common/contract/procedure.ts';
import type { Api } from '../src-main/common/contract/contract.ts';
import { access, Refusal } from './state/access.svelte.ts';
import { commonText } from './text/common.ts';

export type { Api };

declare global {
  interface Window {
    /** There in Electron's window only: what its preload script gives the page. */
    readonly transplant?: Bridge;
  }
}

/** A connection to main, until it is lost. */
export interface Connection {
  readonly api: Api;
  /** Resolves when the other end is gone. */
  readonly lost: Promise<void>;
}

/** What several parts of a screen ask for at the same moment. */
const ASKED_TOGETHER = new Set(['studies/details', 'images/details']);

/** Has main answer such questions once: nothing is kept, and a question that comes later is another. */
const onceForAll = () =>
  new DedupeRequestsPlugin({
    filter: ({ path }) => ASKED_TOGETHER.has(path.join('/')),
    groups: [{ condition: () => true, context: {} }],
  });

/** Connects over a MessagePort in Electron, over a WebSocket in a browser. Rejects where nobody answers. */
export function connect(): Promise<Connection> {
  return window.transplant ? connectPort() : connectSocket();
}

async function connectPort(): Promise<Connection> {
  const { port1, port2 } = new MessageChannel();
  const lost = new Promise<void>((resolve) => port1.addEventListener('close', () => resolve()));
  const link = new PortLink({ port: port1, plugins: [onceForAll()] });
  port1.start();
  window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
  return { api: createORPCClient<Api>(link), lost };
}

async function connectSocket(): Promise<Connection> {
  const token = await enter();
  const address = new URL('/connection', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const websocket = new WebSocket(address, ['transplant', token]);
  const lost = new Promise<void>((resolve) => websocket.addEventListener('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    websocket.addEventListener('open', () => resolve());
    websocket.addEventListener('error', () => reject(new SentenceError(commonText.notConnected)));
  });
  return { api: createORPCClient<Api>(new SocketLink({ websocket, plugins: [onceForAll()] })), lost };
}

/** Shows the host this page's token. Rejects with what the host says to a person whom it does not let in. */
function enter(): Promise<string> {
  return access.enter().catch((error: unknown) => {
    throw new SentenceError(error instanceof Refusal ? error.message : commonText.notConnected, { cause: error });
  });
}

/** An error that is a sentence for a person, as main's are. */
export class SentenceError extends Error {
  readonly data: { readonly sentence: string };

  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.data = { sentence };
  }
}

/** For files that are read and sent: what those functions throw has a sentence as its message. */
export function throwSentence(error: Error): never {
  throw new SentenceError(error.message, { cause: error });
}

/** What anything that a call threw says to a person: what happened and what to do. */
export function sentenceOf(error: unknown): string {
  const { data } = error as { data?: { sentence?: unknown; log?: unknown } };
  if (typeof data?.sentence === 'string')
    return typeof data.log === 'string' ? `${data.sentence} ${commonText.reportWith(data.log)}` : data.sentence;
  if (isDefinedError(error as Error)) return commonText.unknownProblem;
  return error instanceof Error && error.name === 'AbortError'
    ? commonText.notConnected
    : commonText.unexpected(String(error));
}

/** Typed arrays as they come from main: Blobs of little-endian numbers, row-major. */
export const float32 = async (blob: Blob): Promise<Float32Array> => new Float32Array(await blob.arrayBuffer());
export const float64 = async (blob: Blob): Promise<Float64Array> => new Float64Array(await blob.arrayBuffer());
export const uint8 = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
