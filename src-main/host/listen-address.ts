import { BlockList, isIP } from 'node:net';
import { hostname, networkInterfaces, userInfo } from 'node:os';
import { UserError } from '../errors.ts';

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackAddresses.addAddress('::1', 'ipv6');

/**
 * The address to listen on. Throws a UserError if it is not an IP address, or if other machines can reach it and
 * `beyondLoopback` is not set: anybody in between could read what is sent.
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
  return loopbackAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The command that a person types on their own machine to reach this one's loopback. */
export function tunnelCommand(port: number): string {
  return `ssh -L ${port}:127.0.0.1:${port} ${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In containers, a user may have no name.
    return 'USER';
  }
}

/**
 * The values of the `Host` header that mean this server. They are addresses and not names, which somebody else's DNS
 * could point here. The first is used in the link.
 */
export function ownHosts(address: string, port: number): string[] {
  const addresses = isLoopback(address) ? [address, '127.0.0.1', 'localhost', '::1'] : reachableAddresses(address);
  return [...new Set(addresses)].flatMap((each) => {
    const name = isIP(each) === 6 ? `[${each}]` : each;
    return port === 80 ? [name, `${name}:80`] : [`${name}:${port}`];
  });
}

function reachableAddresses(address: string): string[] {
  if (address !== '0.0.0.0' && address !== '::') return [address];
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = interfaces
    .filter(({ internal, family }) => !internal && (address === '::' || family === 'IPv4'))
    .map((each) => each.address.toLowerCase())
    // Link-local addresses mean nothing without the name of an interface, which URLs can't hold.
    .filter((each) => !each.startsWith('fe80:'));
  return [...outside, '127.0.0.1', 'localhost', '::1'];
}

/** Reads a name that a tunnel or proxy passes on as `Host`. Throws a UserError if it is not one. */
export function parseKnownAs(text: string): string {
  const name = text.toLowerCase();
  if (/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/.test(name)) return name;
  throw new UserError(`--known-as must be HOST or HOST:PORT as shown in the browser's address bar, not "${text}".`, {
    usage: true,
  });
}
