import { BlockList, isIP } from 'node:net';
import { hostname, networkInterfaces, userInfo } from 'node:os';
import { UserError } from '../errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * The address to listen on. Errors: UserError for what is no address, and for one beyond loopback that was asked for once
 * only: whoever can reach it can read along.
 */
export function listenAddress(options: { listen?: string; beyondLoopback?: boolean; port: number }): string {
  const { listen = '127.0.0.1', beyondLoopback = false, port } = options;
  const address = listen === 'localhost' ? '127.0.0.1' : listen.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0)
    throw new UserError(
      `--listen must be an IP address of this machine, such as 127.0.0.1 or 0.0.0.0, not "${listen}".`,
      {
        usage: true,
      },
    );
  if (!isLoopback(address) && !beyondLoopback)
    throw new UserError(
      `--listen ${listen} would let other machines in over a connection that is not encrypted; an SSH tunnel is safer ` +
        `("${tunnelCommand(port)}" on your own machine). If you mean it, add --beyond-loopback.`,
      { usage: true },
    );
  return address;
}

export function isLoopback(address: string): boolean {
  return loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** What a person types on their own machine to reach this one's loopback. */
export function tunnelCommand(port: number): string {
  return `ssh -L ${port}:127.0.0.1:${port} ${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as containers have.
    return 'USER';
  }
}

/**
 * The values of the `Host` header that mean this server: an address, never a name that somebody else's DNS could point
 * here. The first is the one for the link.
 */
export function ownHosts(address: string, port: number): string[] {
  const addresses = isLoopback(address) ? [address, '127.0.0.1', 'localhost', '::1'] : reachedAt(address);
  return [...new Set(addresses)].flatMap((each) => {
    const name = isIP(each) === 6 ? `[${each}]` : each;
    return port === 80 ? [name, `${name}:80`] : [`${name}:${port}`];
  });
}

function reachedAt(address: string): string[] {
  if (address !== '0.0.0.0' && address !== '::') return [address];
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = interfaces
    .filter(({ internal, family }) => !internal && (address === '::' || family === 'IPv4'))
    .map((each) => each.address.toLowerCase())
    // Link-local addresses mean nothing without the name of an interface, which URLs can't hold.
    .filter((each) => !each.startsWith('fe80:'));
  return [...outside, '127.0.0.1', 'localhost', '::1'];
}

/** A name that a tunnel or a proxy passes on as `Host`. Error: UserError. */
export function parseKnownAs(text: string): string {
  const name = text.toLowerCase();
  if (/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/.test(name)) return name;
  throw new UserError(`--known-as must be HOST or HOST:PORT as a browser shows it, not "${text}".`, { usage: true });
}
