import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connectTo, openDesk } from './in-memory.ts';

/** A frame as the contract's client sends it, to be spoilt. */
const frame = (change: Record<string, unknown> = {}, payload: Record<string, unknown> = {}) =>
  JSON.stringify({ i: '7', p: { u: '/home/state', b: {}, ...payload }, ...change });

it.each([
  ['bytes', new Uint8Array([1, 2, 255, 3])],
  ['an object instead of text', { i: '1', p: { u: '/home/state' } }],
  ['nothing', null],
  ['text that is no JSON', 'hello'],
  ['JSON that is no object', '42'],
  ['a list', '[1]'],
  ['no id', frame({ i: undefined })],
  ['an id that is no text', frame({ i: { toString: 'x' } })],
  ['an endless id', frame({ i: 'x'.repeat(1000) })],
  ['an unknown kind', frame({ t: 9 })],
  ['a stream from the renderer', frame({ t: 3 })],
  ['no payload', frame({ p: null })],
  ['no address', frame({}, { u: undefined })],
  ['an address elsewhere', frame({}, { u: 'http://example.org/' })],
  ['an address that climbs', frame({}, { u: '/../home/state' })],
  ['headers that would unpack files', frame({}, { h: { 'content-disposition': 'attachment' } })],
  ['another method', frame({}, { m: 'GET' })],
  ['five megabytes', frame({}, { b: 'x'.repeat(5 * 2 ** 20) })],
])('a frame that is %s closes its connection and harms no other', async (_, bad) => {
  const { workspace } = await openDesk();
  const spoilt = connectTo(workspace);
  const good = connectTo(workspace);
  spoilt.send(bad);
  await spoilt.closed;
  expect((await good.api.home.state()).closed).toBeNull();
  good.close();
});

it('whatever comes, the process lives and others are answered', async () => {
  const { workspace } = await openDesk();
  const good = connectTo(workspace);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array(), fc.jsonValue()), async (bad) => {
      const spoilt = connectTo(workspace);
      spoilt.send(bad);
      spoilt.close();
      expect((await good.api.home.state()).closed).toBeNull();
    }),
    { numRuns: 100 },
  );
  good.close();
});

it('an unknown procedure is refused, not looked up', async () => {
  const { workspace } = await openDesk();
  const { api, close } = connectTo(workspace);
  const strange = api as unknown as {
    home: { constructor: (input?: unknown) => Promise<unknown>; erase(): Promise<unknown> };
  };
  await expect(strange.home.erase()).rejects.toBeDefined();
  await expect(api.home.state()).resolves.toMatchObject({ closed: null });
  close();
});

it('a renderer that goes away ends its streams', async () => {
  const { workspace } = await openDesk();
  const { api, close } = connectTo(workspace);
  const ended = Promise.withResolvers<void>();
  const watch = workspace.watch.bind(workspace);
  workspace.watch = async function* (signal) {
    try {
      yield* watch(signal);
    } finally {
      ended.resolve();
    }
  };
  const stream = (await api.home.watch())[Symbol.asyncIterator]();
  expect((await stream.next()).value).toMatchObject({ study: null, imports: [] });
  close();
  await ended.promise;
});
