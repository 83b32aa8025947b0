import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Channel } from '../api/connection.ts';
import { pages } from '../api/pages.ts';
import { packedFolder } from '../app/home.ts';
import { UserError } from '../errors.ts';
import type { Admission } from './admission.ts';
import { Connections } from './connections.ts';
import { isLoopback, listenAddress, ownHosts } from './listen-address.ts';
import { answerer } from './requests.ts';
import { newSecret } from './secret.ts';
import { sessionKey } from './session-key.ts';
import { Uploads, type UploadsOptions } from './uploads.ts';

/** The last digits of arXiv:1411.1792. Always the same, so that a tunnel to it can be kept. */
export const DEFAULT_PORT = 11792;

export interface BrowserHostOptions extends UploadsOptions {
  /** The built screens. */
  readonly renderer: string;
  /** Answers one page until its channel closes: `serveConnection`. */
  readonly connect: (channel: Channel) => void;
  /** 0: any that is free. Absent: the default port, or any that is free where that is taken. */
  readonly port?: number;
  /** An IP address. Default: 127.0.0.1. */
  readonly listen?: string;
  /** Needed for an address that other machines can reach. */
  readonly beyondLoopback?: boolean;
  /** Further values of the `Host` header to answer to, in lower case. */
  readonly knownAs?: readonly string[];
  /** Milliseconds: see PATIENCE. */
  readonly patience?: Partial<typeof PATIENCE>;
}

/** Milliseconds that a browser gets: for the headers of a request, for a silence within one, to answer a ping. */
const PATIENCE = { headers: 10_000, silence: 120_000, ping: 20_000 };

/** Far more than the pages of one person open. */
const MOST_SOCKETS = 256;

export interface BrowserHost {
  /** With the token: whoever has this link is let in. */
  readonly link: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
  close(): Promise<void>;
}

/**
 * Serves the screens and the contract to browsers on this machine. Errors: UserError for an address that can't be listened
 * on, or that other machines reach and was asked for only once.
 */
export async function openBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const address = listenAddress({ ...options, port: options.port || DEFAULT_PORT });
  const patience = { ...PATIENCE, ...options.patience };
  const server = createServer({
    headersTimeout: patience.headers,
    // An upload may take hours; a silence ends it, and everything else.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(patience.headers, 5000),
  });
  server.timeout = patience.silence;
  server.maxConnections = MOST_SOCKETS;
  const port = await listenSomewhere(server, address, options.port);
  const hosts = [...ownHosts(address, port), ...(options.knownAs ?? [])];
  const admission: Admission = { port, hosts: new Set(hosts), key: sessionKey(options.home) };
  const token = newSecret();
  // A policy can't name IPv6 addresses; browsers that reach us by one count its sockets as 'self'.
  const sockets = hosts.filter((host) => !host.startsWith('[')).flatMap((host) => [`ws://${host}`, `wss://${host}`]);
  const answer = answerer({
    admission,
    token,
    pages: pages({
      renderer: options.renderer,
      reports: join(options.home, 'reports'),
      packed: packedFolder(options.home),
      sockets,
    }),
    uploads: new Uploads(options),
  });
  const connections = new Connections(admission, options.connect, patience.ping);
  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => connections.upgrade(request, socket, head));
  return {
    link: `http://${hosts[0]}/?token=${token}`,
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
      // A connection that could not be accepted (too many open files) is lost, and nothing else.
      server.on('error', () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}
