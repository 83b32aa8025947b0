import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import fc from 'fast-check';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { serveConnection } from '../../src-main/api/connection.ts';
import type { Api } from '../../src-main/common/contract/contract.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { tarOf } from '../../src-renderer/upload/tar.ts';
import { imagesOf } from '../data/import-fixtures.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { closed, openHost } from './open-host.ts';

/** A real workspace behind a real host, as `transplant serve` has it. `streams` counts those that somebody listens to. */
async function openServed(home = temporaryFolder()) {
  const workspace = new Workspace({ home });
  workspace.open();
  onTestFinished(() => workspace.close());
  const served = { streams: 0 };
  const watch = workspace.watch.bind(workspace);
  workspace.watch = async function* (signal) {
    served.streams += 1;
    try {
      yield* watch(signal);
    } finally {
      served.streams -= 1;
    }
  };
  const host = await openHost({
    home,
    closed: () => workspace.closed,
    connect: (channel) => serveConnection(channel, workspace, { kind: 'browser' }),
  });
  const connect = async (): Promise<{ api: Api; socket: WebSocket }> => {
    const socket = await host.connect(host.visitor);
    onTestFinished(() => socket.terminate());
    return {
      socket,
      api: createORPCClient<Api>(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
    };
  };
  return { ...host, workspace, served, connectPage: connect };
}

async function firstOf(stream: AsyncIterable<Activity>, wanted: (activity: Activity) => boolean): Promise<Activity> {
  for await (const activity of stream) if (wanted(activity)) return activity;
  throw new Error('the stream ended before that');
}

describe('a page that is served', () => {
  it('asks and is answered, and is told what it may not do in a sentence', async () => {
    const { connectPage, home } = await openServed();
    const { api } = await connectPage();
    expect(await api.home.state()).toMatchObject({ home, closed: null, host: { kind: 'browser', dialogs: false } });
    await api.home.remember({ key: 'draft', value: '{"layers":[1]}' });
    expect(await api.home.remembered({ key: 'draft' })).toBe('{"layers":[1]}');
    await expect(api.home.choose({ what: 'folder' })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(api.home.remember({ key: 'NOT A KEY', value: '' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('sends a dropped folder, watches its import, and gets its pictures; the upload is gone afterwards', async () => {
    const { connectPage, ask, visitor } = await openServed();
    const { api } = await connectPage();
    const images = await imagesOf(['finch', 'sparrow'], 6, 'birds/');
    const files = Object.entries(images).map(([path, bytes]) => ({ path, file: new Blob([new Uint8Array(bytes)]) }));
    const body = Buffer.from(await tarOf(files).arrayBuffer());
    const answer = await ask('/uploads/birds.tar', { method: 'PUT', headers: visitor, body });
    const { path } = JSON.parse(answer.body) as { path: string };
    await api.images.import({ path, size: 8 });
    const done = await firstOf(await api.home.watch(), ({ imports }) => imports[0]?.state !== 'running');
    expect(done.imports[0]).toMatchObject({ state: 'done', problem: null, rejected: 0 });
    const set = done.imports[0].set!;
    expect(await api.images.list()).toMatchObject([{ id: set, name: 'birds', classes: 2 }]);
    const wall = await api.images.wall({ set, class: null, first: 0, count: 12, size: 8 });
    expect((await wall.pixels.bytes()).length).toBe(12 * 8 * 8 * 3);
    expect(existsSync(path)).toBe(false);
  }, 60_000);

  it('is no longer streamed to when it is closed, and the other pages are', async () => {
    const { connectPage, served, workspace } = await openServed();
    const [one, other] = [await connectPage(), await connectPage()];
    const streams = [await one.api.home.watch(), await one.api.home.watch(), await other.api.home.watch()];
    for (const stream of streams) await stream.next();
    expect(served.streams).toBe(3);
    one.socket.terminate();
    await vi.waitUntil(() => served.streams === 1);
    const next = streams[2].next();
    workspace.notify('information', 'Still here.');
    expect((await next).value).toMatchObject({ notices: [{ sentence: 'Still here.' }] });
    other.socket.close();
    await vi.waitUntil(() => served.streams === 0);
  });

  it('sees why the home folder is not open, and goes on when it is', async () => {
    const { workspace: first, home } = await openServed();
    const { connectPage, ask, visitor } = await openServed(home);
    const { api } = await connectPage();
    expect((await api.home.state()).closed).toMatch(/^Another Transplant \(process \d+, since .*works in/);
    await expect(api.images.list()).rejects.toMatchObject({ code: 'CLOSED' });
    expect((await ask('/uploads/a.zip?bytes=1', { headers: visitor })).status).toBe(503);
    await first.close();
    expect((await api.home.retry()).closed).toBeNull();
    expect(await api.images.list()).toEqual([]);
    expect((await ask('/uploads/a.zip?bytes=1', { headers: visitor })).status).toBe(200);
  });
});

describe('whoever sends what no page of ours sends', () => {
  const name = fc.oneof(fc.constantFrom('i', 't', 'p', 'u', 'b', 'h', 'm', '__proto__', 'constructor'), fc.string());
  const url = fc.constantFrom(
    '/home/state',
    '/home/watch',
    '/images/wall',
    '/studies/run',
    '/constructor/prototype',
    '/__proto__/x',
    '//evil.example/x',
    'http://evil.example/home/state',
    '/home/state?data=x',
    '/home/../home/state',
    '',
  );
  const request = fc.record(
    {
      i: fc.oneof(fc.constantFrom('0', '1', '__proto__'), fc.anything()),
      t: fc.oneof(fc.constantFrom(1, 2, 3, 4), fc.anything()),
      p: fc.record(
        {
          u: fc.oneof(url, fc.anything()),
          b: fc.oneof(fc.jsonValue(), fc.record({ json: fc.jsonValue(), meta: fc.jsonValue() })),
          h: fc.anything(),
          m: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const jsonOf = (value: unknown): string => {
    try {
      return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}` : part)) ?? 'null';
    } catch {
      return '{}';
    }
  };
  const frame = fc.oneof(
    request.map(jsonOf),
    fc.dictionary(name, fc.jsonValue()).map(jsonOf),
    fc.json(),
    fc.string(),
    fc.uint8Array({ maxLength: 100 }),
    fc.nat(100_000).map((depth) => '['.repeat(depth)),
  );

  it('harms nobody: the next page is answered', async () => {
    const { connect, connectPage, visitor, served } = await openServed();
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), async (frames) => {
        const socket = await connect(visitor);
        const gone = closed(socket);
        for (const each of frames) socket.send(each);
        // Answered after all that came before it: whatever the frames did, they have done it.
        socket.close();
        await gone;
      }),
      { numRuns: 150 },
    );
    const { api } = await connectPage();
    expect((await api.home.state()).closed).toBeNull();
    await vi.waitUntil(() => served.streams === 0);
  }, 60_000);

  it('is hung up on for one such frame', async () => {
    const { connect, visitor } = await openServed();
    for (const each of [
      '',
      'null',
      '{"i":1}',
      '{"i":"1","p":{"u":"http://evil.example/"}}',
      '{"i":"1","t":3,"p":{}}',
    ]) {
      const socket = await connect(visitor);
      const gone = closed(socket);
      socket.send(each);
      expect(await gone, each).toBe(1008);
    }
    const socket = await connect(visitor);
    const gone = closed(socket);
    socket.send(new Uint8Array([123, 125]));
    expect(await gone).toBe(1008);
  });
});
