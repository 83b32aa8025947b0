import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sbom } from '../../packaging/sbom.ts';

const ROOT = join(import.meta.dirname, '../..');
const modules = join(ROOT, 'node_modules');
const libvips = readdirSync(join(modules, '@img')).find((name) => name.startsWith('sharp-libvips-'))!;

test('names every package with its version and licence, and what libvips was linked with', () => {
  const folders = ['zod', '@orpc/client', `@img/${libvips}`].map((name) => join(modules, name));
  const text = sbom(ROOT, folders);
  expect(sbom(ROOT, folders.toReversed())).toBe(text);
  const { components, ...bill } = JSON.parse(text) as {
    components: { name: string; version: string; purl: string; components?: { name: string; version: string }[] }[];
  };
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'transplant' } },
  });
  expect(components.map(({ name }) => name)).toEqual([`@img/${libvips}`, '@orpc/client', 'electron', 'zod']);
  expect(components[1]).toMatchObject({
    purl: expect.stringMatching(/^pkg:npm\/%40orpc\/client@\d+\.\d+\.\d+$/) as string,
    licenses: [{ expression: 'MIT' }],
  });
  expect(components[0].components).toContainEqual({
    ...{ type: 'library', name: 'vips' },
    version: expect.stringMatching(/^8\./) as string,
  });
  expect(existsSync(join(modules, components[2].name))).toBe(true);
});
