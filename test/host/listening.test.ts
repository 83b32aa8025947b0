import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLoopback, listenAddress, ownHosts, parseKnownAs } from '../../src-main/host/listen-address.ts';
import { resumptionKey } from '../../src-main/host/keys.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { openHost } from './open-host.ts';

describe('where Transplant listens', () => {
  it('is loopback, unless it was asked twice for more', () => {
    expect(listenAddress({ port: 11792 })).toBe('127.0.0.1');
    expect(listenAddress({ listen: 'localhost', port: 11792 })).toBe('127.0.0.1');
    expect(listenAddress({ listen: '[::1]', port: 11792 })).toBe('::1');
    for (const listen of ['0.0.0.0', '::', '192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1']) {
      expect(() => listenAddress({ listen, port: 11792 }), listen).toThrow(
        /would let other machines in .*"ssh -L 11792:127\.0\.0\.1:11792 \S+@\S+" on your own machine.*--beyond-loopback/,
      );
      expect(listenAddress({ listen, port: 11792, beyondLoopback: true })).toBe(listen);
    }
  });

  it('must be an address: a name could mean any', () => {
    for (const listen of ['gpu.example', '', '127.0.0.1:80', '127.1', '0', 'fe80::1%eth0 x'])
      expect(() => listenAddress({ listen, port: 1, beyondLoopback: true }), listen).toThrow('--listen must be an IP');
  });

  it('counts as loopback only where no other machine reaches', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address)).toBe(true);
    for (const address of ['0.0.0.0', '::', '128.0.0.1', '10.0.0.1', '::ffff:10.0.0.1'])
      expect(isLoopback(address)).toBe(false);
  });

  it('is known by addresses only, those of this machine where it listens on all', () => {
    expect(ownHosts('127.0.0.1', 11792)).toEqual(['127.0.0.1:11792', 'localhost:11792', '[::1]:11792']);
    expect(ownHosts('192.0.2.7', 11792)).toEqual(['192.0.2.7:11792']);
    expect(ownHosts('127.0.0.1', 80)).toContain('127.0.0.1');
    const outside = Object.values(networkInterfaces()).flatMap((each) => each!.filter(({ internal }) => !internal));
    const [own] = outside.filter(({ family }) => family === 'IPv4');
    if (own) expect(ownHosts('0.0.0.0', 1)[0]).toBe(`${own.address}:1`);
    expect(ownHosts('0.0.0.0', 1)).toContain('127.0.0.1:1');
  });

  it('says that a port is taken, and goes to another one only if none was asked for', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    await expect(openHost({ port })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is taken by another program; choose another with --port.`,
    );
  });

  it('says that an address is not one of this machine', async () => {
    await expect(openHost({ listen: '192.0.2.7', beyondLoopback: true })).rejects.toThrow(
      /^Transplant can't listen on 192\.0\.2\.7, port 0 \(EADDRNOTAVAIL\)/,
    );
  });

  it('is what --known-as adds to, name by name', () => {
    for (const name of ['gpu', 'GPU.example', 'gpu.example:8443', '10.0.0.1:80', '[::1]:9000'])
      expect(parseKnownAs(name)).toBe(name.toLowerCase());
    for (const name of ['', '*', 'http://gpu', 'gpu/', 'a b', 'gpu:', 'gpu:x', 'é', ';', "'self'"])
      expect(() => parseKnownAs(name), name).toThrow('--known-as must be');
  });
});

describe('the key with which an open page goes on', () => {
  const file = (home: string) => join(home, 'browser-session');

  it('is kept for the next start, in a file that only this user can read', () => {
    const home = temporaryFolder();
    const key = resumptionKey(home);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(statSync(file(home)).mode & 0o777).toBe(0o600);
    expect(resumptionKey(home)).toBe(key);
  });

  it('is a new one where others could have read or made the old one, or it is old or damaged', () => {
    const home = temporaryFolder();
    const spoil: (() => void)[] = [
      () => chmodSync(file(home), 0o644),
      () => writeFileSync(file(home), 'short'),
      () => writeFileSync(file(home), ''),
      () => utimesSync(file(home), new Date(0), new Date(0)),
    ];
    for (const damage of spoil) {
      const key = resumptionKey(home);
      damage();
      const next = resumptionKey(home);
      expect(next).toMatch(/^[\w-]{43}$/);
      expect(next).not.toBe(key);
      expect(statSync(file(home)).mode & 0o777).toBe(0o600);
    }
  });

  it('is never read from, or written to, where a link leads', () => {
    const home = temporaryFolder();
    const elsewhere = join(home, 'elsewhere');
    writeFileSync(elsewhere, 'x'.repeat(43), { mode: 0o600 });
    symlinkSync(elsewhere, file(home));
    expect(resumptionKey(home)).not.toBe('x'.repeat(43));
    expect(readFileSync(elsewhere, 'utf8')).toBe('x'.repeat(43));
  });

  it('lasts as long as the process where it can not be kept', () => {
    const home = temporaryFolder();
    mkdirSync(file(home));
    expect(resumptionKey(home)).toMatch(/^[\w-]{43}$/);
    expect(resumptionKey(join(home, 'nowhere'))).not.toBe(resumptionKey(join(home, 'nowhere')));
  });
});
