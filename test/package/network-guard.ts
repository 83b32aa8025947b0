import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Server, Socket } from 'node:net';

/**
 * Loaded into a process with NODE_OPTIONS=--import: nothing of it gets beyond this machine. What is tried, and by whom, is
 * in the file that NETWORK_GUARD names, one JSON object a line, and so is every process that is guarded.
 */
export interface GuardEntry {
  readonly what: 'guarded' | 'tried';
  /** Of what is tried: `connect 192.0.2.1`. */
  readonly where?: string;
  readonly node: string;
  readonly script: string;
}

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/;

function write(what: GuardEntry['what'], where?: string): void {
  const entry: GuardEntry = { what, where, node: process.execPath, script: process.argv[1] ?? '' };
  appendFileSync(process.env.NETWORK_GUARD!, `${JSON.stringify(entry)}\n`);
}

function refuse(where: string): never {
  write('tried', where);
  throw new Error(`the network guard refuses: ${where}`);
}

type Method<This> = (this: This, ...words: unknown[]) => unknown;

/** `connect` and `listen` take a port and a host, the path of a local socket, or an object with either. */
function guarded<This>(name: string, method: Method<This>, unnamedHost: string): Method<This> {
  return function (...words) {
    // Within Node they come as one array.
    const [first, second] = (Array.isArray(words[0]) ? words[0] : words) as unknown[];
    const named = typeof first === 'object' && first !== null ? first : { port: first, host: second };
    const { port, path, host } = named as { port?: unknown; path?: unknown; host?: unknown };
    const isFile = typeof path === 'string' || Number.isNaN(Number(port));
    const where = typeof host === 'string' ? host : unnamedHost;
    if (!isFile && !LOOPBACK.test(where)) refuse(`${name} ${where}`);
    return method.apply(this, words);
  };
}

Socket.prototype.connect = guarded('connect', Socket.prototype.connect as Method<Socket>, 'localhost') as never;
Server.prototype.listen = guarded('listen', Server.prototype.listen as Method<Server>, 'all addresses') as never;

for (const module of [dns, dns.promises] as unknown as Record<string, unknown>[])
  for (const [name, ask] of Object.entries(module)) {
    if (typeof ask !== 'function' || !/^(lookup|resolve|reverse)/.test(name)) continue;
    module[name] = (...words: unknown[]) =>
      LOOPBACK.test(`${words[0]}`) ? ask(...words) : refuse(`${name} ${words[0]}`);
  }

for (const name of ['send', 'connect', 'bind'] as const)
  dgram.Socket.prototype[name] = () => refuse(`datagram ${name}`);

syncBuiltinESMExports();
write('guarded');
