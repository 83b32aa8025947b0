import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Channel } from '../api/connection.ts';
import { pages } from '../api/pages.ts';
import { packedFolder } from '../app/home.ts';
import { UserError } from '../errors.ts';
import type { Admission } from './admission.ts';
import { Connections } from './connections.ts';
import { newKeys, resumptionKey } from './keys.ts';
import { isLoopback, listenAddress, ownHosts } from './listen-address.ts';
import { requestListener } from './requests.ts';
import { closeStrangers } from './strangers.ts';
import { Uploads, type UploadsOptions } from './uploads.ts';

/** The last digits of arXiv:1411.1792. It is always the same, so that a tunnel to it can be reused. */
export const DEFAULT_PORT = 11792;

export interface BrowserHostOptions extends UploadsOptions {
  /** The folder of the built screens. */
  readonly renderer: string;
  /** Answers one page until its channel closes; see `serveConnection`. */
  readonly connect: (channel: Channel) => void;
  /** 0 means any free port. Absent: the default port, or any free one if that is taken. */
  readonly port?: number;
  /** The IP address to listen on. Default: 127.0.0.1. */
  readonly listen?: string;
  /** Must be true for an address that other machines can reach. */
  readonly beyondLoopback?: boolean;
  /** Further values of the `Host` header that mean this server, in lower case. */
  readonly knownAs?: readonly string[];
  /** Milliseconds; see TIMEOUTS. */
  readonly timeouts?: Partial<typeof TIMEOUTS>;
}

/** Milliseconds that a browser has to send the headers of a request, a secret, and to go on; and from one ping to the next. */
const TIMEOUTS = { headers: 10_000, stranger: 10_000, idle: 120_000, ping: 20_000 };

/** Connections at once, at most. The pages of one person open far fewer. */
const MOST_SOCKETS = 256;

export interface BrowserHost {
  /** The link with the token, which gives access to whoever opens it. Browsers send no server what follows `#`. */
  readonly link: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
  close(): Promise<void>;
}

/**
 * Serves the screens and the API to browsers. Throws a UserError for an address that can't be listened on, and for one
 * that other machines can reach without `beyondLoopback`.
 */
export async function openBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const address = listenAddress({ ...options, port: options.port || DEFAULT_PORT });
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const server = createServer({
    headersTimeout: timeouts.headers,
    // An upload may take hours. Like every request, it ends when nothing comes for `timeouts.idle`.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(timeouts.headers, 5000),
  });
  server.timeout = timeouts.idle;
  server.maxConnections = MOST_SOCKETS;
  const port = await listenSomewhere(server, address, options.port);
  const hosts = [...ownHosts(address, port), ...(options.knownAs ?? [])];
  const keys = newKeys(resumptionKey(options.home), hosts);
  const admission: Admission = { hosts: new Set(hosts), keys };
  const onAdmitted = closeStrangers(server, timeouts.stranger);
  // A content security policy can't name IPv6 addresses, but browsers count the sockets of the page's own one as
  // 'self'.
  const sockets = hosts.filter((host) => !host.startsWith('[')).flatMap((host) => [`ws://${host}`, `wss://${host}`]);
  const answer = requestListener({
    admission,
    pages: pages({
      renderer: options.renderer,
      reports: join(options.home, 'reports'),
      packed: packedFolder(options.home),
      sockets,
    }),
    uploads: new Uploads(options),
    onAdmitted,
  });
  const connections = new Connections({ admission, connect: options.connect, pingEvery: timeouts.ping, onAdmitted });
  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => connections.upgrade(request, socket, head));
  return {
    link: `http://${hosts[0]}/#token=${keys.tokens[0]}`,
    port,
    loopback: isLoopback(address),
    async close() {
      connections.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenSomewhere(server: Server, address: string, port: number | undefined): Promise<number> {
  if (port !== undefined) return listen(server, address, port);
  return listen(server, address, DEFAULT_PORT).catch((error: unknown) => {
    if (error instanceof PortTaken) return listen(server, address, 0);
    throw error;
  });
}

class PortTaken extends UserError {}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new PortTaken(`Port ${port} of ${address} is taken by another program; choose another with --port.`));
      else
        reject(new UserError(`Transplant can't listen on ${address}, port ${port} (${error.code}): choose another.`));
    };
    server.once('error', onError);
    server.listen(port, address, () => {
      server.removeListener('error', onError);
      // An error here, such as too many open files, costs one connection and nothing else.
      server.on('error', () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}
