import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { Api } from '../../src-main/common/contract/contract.ts';

/** A client of the test's own, beside the page's: it connects as the page does, through the preload. */

declare global {
  interface Window {
    api: Api;
  }
}

const { port1, port2 } = new MessageChannel();
window.api = createORPCClient<Api>(new RPCLink({ port: port1 }));
port1.start();
window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
