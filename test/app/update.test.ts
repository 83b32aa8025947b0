import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lookForUpdate, updatePlace } from '../../src-main/app/update.ts';

let version: string | undefined;
const asked: (string | undefined)[] = [];
/** As forges do it: the latest release leads to its own page. */
const server = createServer(({ url }, response) => {
  asked.push(url);
  if (url === '/me/transplant/releases/latest' && version !== undefined)
    response.writeHead(302, { location: `/me/transplant/releases/tag/v${version}` }).end();
  else response.writeHead(version === undefined ? 404 : 200).end('a page');
});
let place: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = `http://127.0.0.1:${(server.address() as AddressInfo).port}/me/transplant`;
});
afterAll(() => void server.close());

it('takes the place from the package, and names none of its own', () => {
  expect(updatePlace({ repository: { url: 'git+https://forge.example/me/transplant.git' } })).toBe(
    'https://forge.example/me/transplant',
  );
  expect(updatePlace({ homepage: 'https://transplant.example/' })).toBe('https://transplant.example');
  expect(updatePlace({ repository: 'git@forge.example:me/transplant' })).toBeUndefined();
  expect(updatePlace({})).toBeUndefined();
});

it('tells a newer version from others', async () => {
  version = '0.10.0';
  expect(await lookForUpdate({ place, current: '0.9.1' })).toEqual({
    version,
    newer: true,
    page: `${place}/releases/tag/v0.10.0`,
  });
  expect(await lookForUpdate({ place, current: '0.10.0-dirty' })).toMatchObject({ newer: false });
  expect(await lookForUpdate({ place, current: '1.0.0' })).toMatchObject({ newer: false });
  expect(new Set(asked)).toEqual(new Set(['/me/transplant/releases/latest', '/me/transplant/releases/tag/v0.10.0']));
});

it('says in a sentence where there is nothing to be known', async () => {
  version = undefined;
  await expect(lookForUpdate({ place })).rejects.toThrow(`${place} names no released version yet.`);
  await expect(lookForUpdate({ place: 'http://127.0.0.1:1' })).rejects.toThrow(/does not answer/);
  await expect(lookForUpdate({ place: updatePlace({}) })).rejects.toThrow();
});
