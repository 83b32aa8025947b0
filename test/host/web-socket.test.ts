import fc from 'fast-check';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Channel } from '../../src-main/api/connection.ts';
import { closed, nextMessage, openHost } from './open-host.ts';

/** A web socket that was opened by hand, so that it can send what no browser would. */
async function openRaw(port: number, headers: Record<string, string>): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  const lines = Object.entries({
    ...headers,
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /connection HTTP/1.1\r\n${lines.join('')}\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

const ended = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());

/** Sends a frame and is answered: the host is alive and works. */
async function works(
  connect: (headers: Record<string, string>) => Promise<WebSocket>,
  visitor: Record<string, string>,
) {
  const socket = await connect(visitor);
  const answer = nextMessage(socket);
  socket.send('hello');
  expect(await answer).toBe('heard hello');
  socket.terminate();
}

describe('a web socket', () => {
  it('carries text both ways, and bytes to the page', async () => {
    const { connect, visitor } = await openHost({
      connect: (channel) => channel.onFrame(() => channel.send(new Uint8Array([1, 2, 255]))),
    });
    const socket = await connect(visitor);
    const answer = new Promise<[Buffer, boolean]>((resolve) =>
      socket.once('message', (data: Buffer, isBinary) => resolve([data, isBinary])),
    );
    socket.send('x');
    const [data, isBinary] = await answer;
    expect([...data]).toEqual([1, 2, 255]);
    expect(isBinary).toBe(true);
    socket.terminate();
  });

  it('that sends a frame which is too long is closed, and the others go on', async () => {
    const { connect, visitor } = await openHost();
    const socket = await connect(visitor);
    socket.send('x'.repeat(4 * 2 ** 20 + 1));
    expect(await closed(socket)).toBe(1009);
    await works(connect, visitor);
  });

  it('that says a length of exabytes is closed before any of them come', async () => {
    const { connect, port, visitor } = await openHost();
    const socket = await openRaw(port, visitor);
    socket.write(Buffer.from([0x81, 0xff, 0x00, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await ended(socket);
    await works(connect, visitor);
  });

  it('that sends a message in endless pieces is closed', async () => {
    const { connect, port, visitor } = await openHost();
    const socket = await openRaw(port, visitor);
    const end = ended(socket);
    const piece = Buffer.concat([Buffer.from([0x00, 0xfe, 0xff, 0xff, 0, 0, 0, 0]), Buffer.alloc(65_535)]);
    socket.write(Buffer.from([0x01, 0x80, 0, 0, 0, 0]));
    for (let pieces = 0; pieces < 65; pieces++) socket.write(piece);
    await end;
    await works(connect, visitor);
  });

  it('may send whatever bytes: the host lives on', async () => {
    const { connect, port, visitor } = await openHost();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const socket = await openRaw(port, visitor);
        socket.end(bytes);
        await ended(socket);
      }),
      { numRuns: 200 },
    );
    await works(connect, visitor);
  });

  it('that does not answer a ping is ended: nobody streams to a laptop that was closed', async () => {
    const gone = Promise.withResolvers<void>();
    const { port, visitor } = await openHost({
      connect: (channel) => channel.onClose(gone.resolve),
      timeouts: { ping: 50 },
    });
    await openRaw(port, visitor);
    await gone.promise;
  });

  it('that answers pings stays', async () => {
    const { connect, visitor } = await openHost({ timeouts: { ping: 20 } });
    const socket = await connect(visitor);
    for (let pings = 0; pings < 5; pings++) await new Promise((resolve) => socket.once('ping', resolve));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  /** Twenty seconds pass for the host; its ping has come. */
  async function beat(socket: WebSocket): Promise<void> {
    const next = Promise.race([once(socket, 'ping'), closed(socket)]);
    vi.advanceTimersByTime(20_000);
    expect(await next).not.toBe(1006);
  }
  function withBeats(): void {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
  }

  it('that is late with its answers, as on a busy machine, stays; one that misses three pings is ended', async () => {
    withBeats();
    const { connect, visitor } = await openHost();
    const socket = await connect(visitor, '/connection', [], { autoPong: false });
    for (let round = 0; round < 3; round++) {
      for (let missed = 0; missed < 3; missed++) await beat(socket);
      socket.pong();
      // Is answered after what was sent before it.
      const answered = once(socket, 'pong');
      socket.ping();
      await answered;
    }
    expect(socket.readyState).toBe(WebSocket.OPEN);
    for (let missed = 0; missed < 3; missed++) await beat(socket);
    const end = closed(socket);
    vi.advanceTimersByTime(20_000);
    // Without a close frame.
    expect(await end).toBe(1006);
  });

  it('that is heard of is there, though no ping is answered', async () => {
    withBeats();
    const { connect, visitor } = await openHost();
    const socket = await connect(visitor, '/connection', [], { autoPong: false });
    for (let round = 0; round < 8; round++) {
      await beat(socket);
      const answer = nextMessage(socket);
      socket.send('still here');
      expect(await answer).toBe('heard still here');
    }
    socket.terminate();
  });

  it('that was refused for a frame is not listened to any more, whatever else it sends', async () => {
    const heard: unknown[] = [];
    const { connect, visitor } = await openHost({
      connect: (channel: Channel) =>
        channel.onFrame((frame) => {
          heard.push(frame);
          channel.close();
        }),
    });
    const socket = await connect(visitor);
    for (const frame of ['bad', 'more', 'and more']) socket.send(frame);
    expect(await closed(socket)).toBe(1008);
    expect(heard).toEqual(['bad']);
  });

  it('hears of the end of Transplant, and its other end hears that the page is gone', async () => {
    let left = 0;
    const { connect, visitor, host } = await openHost({ connect: (channel) => channel.onClose(() => (left += 1)) });
    const one = await connect(visitor);
    const other = await connect(visitor);
    const bothClosed = Promise.all([closed(one), closed(other)]);
    await host.close();
    await bothClosed;
    expect(left).toBe(2);
  });

  it('is one of 64 at most', async () => {
    const { connect, visitor } = await openHost();
    const sockets = await Promise.all(Array.from({ length: 64 }, () => connect(visitor)));
    await expect(connect(visitor)).rejects.toThrow('HTTP 503');
    const end = closed(sockets[0]);
    sockets[0].close();
    await end;
    (await connect(visitor)).terminate();
    for (const socket of sockets) socket.terminate();
  });
});
