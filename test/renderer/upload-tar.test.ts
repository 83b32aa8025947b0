import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { importImages } from '../../src-main/data/import/import.ts';
import { openTar } from '../../src-main/data/import/tar.ts';
import { tarOf } from '../../src-renderer/upload/tar.ts';
import { imagesOf } from '../data/import-fixtures.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** Writes the archive that a page would send, as the host stores it. */
async function stored(files: readonly { path: string; file: Blob }[]): Promise<string> {
  const path = join(temporaryFolder(), 'dropped.tar');
  writeFileSync(path, await tarOf(files).bytes());
  return path;
}

/** Path -> content, as the import reads it. */
async function readBack(path: string): Promise<Map<string, string>> {
  const source = await openTar({ path: path });
  expect(source.rejects).toEqual([]);
  const contents = new Map<string, string>();
  for await (const file of source.read(new Set(source.files.map((each) => each.path)))) {
    // The pieces are the library's own buffers.
    contents.set(file.path, (await buffer(file.content())).toString('latin1'));
  }
  return contents;
}

/** What a file system may call a file or folder. */
const segment = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    fc.integer({ min: 90, max: 255 }).map((length) => 'n'.repeat(length)),
    fc.constantFrom(
      'PaxHeader',
      'path=x',
      '12 path=x\n',
      'Vögel',
      '鳥',
      'e\u0301',
      '\u{1f426}',
      'a\nb',
      ' ',
      '~',
      '\u202e',
    ),
  )
  .map((name) => name.replace(/[/\\]/g, '_').replaceAll('\0', '_'))
  .filter((name) => name !== '.' && name !== '..');
const path = fc
  .array(segment, { minLength: 1, maxLength: 12 })
  .map((segments) => segments.join('/'))
  // An absolute path of another system, which the import refuses as one that leads elsewhere.
  .filter((joined) => !/^[a-zA-Z]:/.test(joined));
const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(511, 512, 513, 1024).map((length) => new Uint8Array(length).fill(7)),
);

it('an archive of any names and contents is read back by the import as it went in', async () => {
  const files = fc.uniqueArray(fc.record({ path, content }), { selector: (file) => file.path, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(files, async (given) => {
      const archive = await stored(given.map((each) => ({ path: each.path, file: new Blob([each.content]) })));
      expect(await readBack(archive)).toEqual(
        new Map(given.map((each) => [each.path, Buffer.from(each.content).toString('latin1')])),
      );
    }),
    { numRuns: 200 },
  );
});

it('names around the lengths at which a header changes its form come back whole', async () => {
  const paths = [];
  for (let length = 85; length <= 110; length++) paths.push('n'.repeat(length), 'é'.repeat(length));
  // Around these a pax record's length gains a digit, which counts itself.
  for (let length = 980; length <= 1000; length++) paths.push(`d/${'n'.repeat(length)}`);
  const archive = await stored(paths.map((name) => ({ path: name, file: new Blob([name]) })));
  expect([...(await readBack(archive)).keys()].sort()).toEqual(paths.toSorted());
});

it('a path that leads out of the archive is refused by the import, not hidden', async () => {
  for (const hostile of ['../x.png', '/etc/passwd', 'a/../../x.png', `${'d/'.repeat(60)}../../x`, 'C:\\x.png']) {
    const archive = await stored([{ path: hostile, file: new Blob(['x']) }]);
    await expect(openTar({ path: archive }), hostile).rejects.toThrow('points outside');
  }
});

it('a file of 8 GiB and more says its size in full', async () => {
  const size = 8 * 2 ** 30 + 5;
  // Its bytes are never asked for: only the headers are looked at.
  const large = Object.defineProperty(new Blob(['']), 'size', { value: size });
  const head = Buffer.from(
    await tarOf([{ path: 'large.bin', file: large }])
      .slice(0, 1024)
      .arrayBuffer(),
  );
  expect(head.toString('latin1', 512, 560)).toContain(`size=${size}\n`);
});

it('no file is read to make an archive', () => {
  const refuse = () => {
    throw new Error('read');
  };
  const file = Object.assign(new Blob(['x']), { arrayBuffer: refuse, text: refuse, stream: refuse, bytes: refuse });
  expect(tarOf([{ path: 'a', file }]).size).toBe(512 + 512 + 1024);
});

it('a dropped folder of images becomes an image set, as if it had been imported itself', async () => {
  const images = await imagesOf(['spârrow', 'fînch'], 6, 'birds/');
  const archive = await stored(
    Object.entries(images).map(([name, bytes]) => ({ path: name, file: new Blob([new Uint8Array(bytes)]) })),
  );
  const { index } = await importImages({ path: archive, size: 8, dataFolder: temporaryFolder() });
  expect(index.classes).toEqual(['fînch', 'spârrow']);
  expect(index.rejects).toEqual([]);
});
