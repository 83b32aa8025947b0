import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Cancelled, UserError } from '../../src-main/errors.ts';
import { Decoders } from '../../src-main/data/import/decoders.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { imagesOf, png, tar, tarGz, writeFolder, zip, type Files, type ZipEntry } from './import-fixtures.ts';

let place: string;
let folder: string;
let dataFolder: string;
let good: Files;
beforeAll(async () => {
  good = await imagesOf(['ant', 'bee'], 3);
});
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-hostile-'));
  folder = join(place, 'images');
  dataFolder = join(place, 'home', 'data');
});
afterEach(() => rm(place, { recursive: true }));
afterAll(() => expect(existsSync(join(tmpdir(), 'evil.png'))).toBe(false));

const importPath = (path: string) => importImages({ path, size: 8, dataFolder });

/** The one sentence that a failed import says; nothing may be left in the home folder. */
async function sentenceOf(path: string): Promise<string> {
  const error: unknown = await importPath(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(existsSync(dataFolder) ? await readdir(dataFolder) : []).toEqual([]);
  return (error as UserError).message;
}

async function archive(name: string, bytes: Buffer): Promise<string> {
  await writeFile(join(place, name), bytes);
  return join(place, name);
}

/** Imports the good images with one more file beside them, which must be a reject of this reason. */
async function reasonFor(content: Buffer, name = 'ant/bad.png'): Promise<string> {
  const { index } = await importPath(await writeFolder(folder, { ...good, [name]: content }));
  expect(index.count).toBe(6);
  expect(index.rejects.map(({ file }) => file)).toEqual([name]);
  return index.rejects[0].reason;
}

describe('a source that can not be imported is named in one sentence with the way out', () => {
  test('a missing path', async () => {
    expect(await sentenceOf(join(place, 'nowhere'))).toMatch(/nothing at .*nowhere: check the path/);
    expect(await sentenceOf('')).toMatch(/path of the images is empty/);
  });

  test('an empty folder', async () => {
    await mkdir(join(folder, 'ant'), { recursive: true });
    expect(await sentenceOf(folder)).toMatch(/holds no files: name a folder/);
  });

  test('images without class folders', async () => {
    expect(await sentenceOf(await writeFolder(folder, { 'a.png': await png('a') }))).toMatch(/1 file but no class/);
  });

  test('one class only', async () => {
    const path = await writeFolder(folder, await imagesOf(['ant'], 3));
    expect(await sentenceOf(path)).toMatch(/only one class folder, "ant"; at least two/);
  });

  test('one class with images enough', async () => {
    const path = await writeFolder(folder, { ...(await imagesOf(['ant'], 3)), ...(await imagesOf(['bee'], 1)) });
    expect(await sentenceOf(path)).toMatch(/only the class "ant" .*left out: bee\/: only one distinct image/);
  });

  test('no file that is an image', async () => {
    const path = await writeFolder(folder, { 'a/1.png': Buffer.from('x'), 'b/1.png': Buffer.from('x') });
    expect(await sentenceOf(path)).toMatch(/no class .*a\/1\.png: not a JPEG.* and 3 more/);
  });

  test('a held-out part that is a copy of the training part', async () => {
    const files = Object.entries(good);
    const twice = Object.fromEntries(
      files.flatMap(([path, bytes]) => [
        [`train/${path}`, bytes],
        [`val/${path}`, bytes],
      ]),
    );
    expect(await sentenceOf(await writeFolder(folder, twice))).toMatch(/not also held out/);
  });

  test('a file that is no archive, an empty one, and an archive in a folder', async () => {
    expect(await sentenceOf(await archive('x.7z', Buffer.from('7z\xbc\xaf', 'latin1')))).toMatch(
      /neither a folder nor/,
    );
    expect(await sentenceOf(await archive('x.pth', zip(good)))).toMatch(/x\.pth is a file of a network, not of images/);
    expect(await sentenceOf(await archive('x.zip', Buffer.alloc(0)))).toMatch(/empty file/);
    const cut = zip(good).subarray(0, -9);
    expect(await sentenceOf(await writeFolder(folder, { 'set.zip': cut }))).toMatch(/set\.zip: import that file/);
  });

  test('a zip, tar or tar.gz that is cut off anywhere', async () => {
    const archives = { 'x.zip': zip(good), 'x.tar': await tar(good), 'x.tar.gz': await tarGz(good) };
    for (const [name, bytes] of Object.entries(archives))
      for (const part of [0.1, 0.5, 0.9]) {
        const path = await archive(name, bytes.subarray(0, Math.floor(bytes.length * part)));
        expect(await sentenceOf(path)).toMatch(/is cut off, damaged or not a (zip|tar) archive .* make it again/);
      }
  });

  test('an archive with names that lead out of it', async () => {
    for (const name of ['../evil.png', 'ant/../../evil.png', '/tmp/evil.png', '..\\evil.png', 'C:\\evil.png']) {
      const files = { ...good, [name]: good['ant/0.png'] };
      for (const path of [await archive('x.zip', zip(files)), await archive('x.tar', await tar(files))])
        expect(await sentenceOf(path)).toMatch(/x\.(zip|tar) is refused: its entry ".*evil\.png" points outside/);
    }
  });

  test('an archive that unpacks to more than images do, or whose entries share their bytes', async () => {
    const bomb = { ...good, 'ant/zeros.gif': Buffer.alloc(80 * 2 ** 20) };
    const sentence = /x\.(zip|tgz) is refused: it unpacks to more than 100 times its size, which images do not/;
    expect(await sentenceOf(await archive('x.zip', zip(bomb)))).toMatch(sentence);
    expect(await sentenceOf(await archive('x.tgz', await tarGz(bomb)))).toMatch(sentence);
    const bytes = zip(good);
    // The place of the last entry in the archive's directory is that of the first.
    const last = bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1');
    bytes.writeUInt32LE(0, last + 42);
    expect(await sentenceOf(await archive('x.zip', bytes))).toMatch(/x\.zip is refused: its entries overlap/);
  });

  test('a tar header that claims to be endless', async () => {
    const size = 64 * 2 ** 20;
    const header = Buffer.alloc(512);
    header.write('././@LongLink');
    header.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
    header.write(`${size.toString(8).padStart(11, '0')}\x0000000000000\x00        L`, 124, 'latin1');
    header.write('ustar  \0', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
    const path = await archive('x.tgz', gzipSync(Buffer.concat([header, Buffer.alloc(size)])));
    expect(await sentenceOf(path)).toMatch(/damaged or not a tar archive \(Header exceeds max size\)/);
  });

  test("a damaged pickle of CIFAR's", async () => {
    const files = ['batches.meta', 'data_batch_1'].map((name) => [`cifar-10-batches-py/${name}`, Buffer.from('x')]);
    const path = await writeFolder(folder, Object.fromEntries(files) as Files);
    expect(await sentenceOf(path)).toMatch(/batches.meta .* can't be read as a pickle of CIFAR/);
  });

  test('a size or a held-out part that can not be', async () => {
    for (const wrong of [{ size: 0 }, { size: 1.5 }, { heldOutFraction: 1 }, { heldOutFraction: NaN }])
      await expect(importImages({ path: place, size: 8, dataFolder, ...wrong })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('a file that can not be used is a listed reject, and the rest is imported', () => {
  test('a file that only claims to be an image', async () => {
    expect(await reasonFor(Buffer.from('GIF89 is what I am not'))).toMatch(/^not a JPEG, PNG/);
  });

  test('an SVG, as it may refer to other files and may take for ever, whatever it begins with', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    expect(await reasonFor(Buffer.from(svg))).toMatch(/^not a JPEG, PNG/);
    const box = Buffer.alloc(4);
    box.writeUInt32BE(16);
    const starts = [
      '<!--ftypavif-->',
      '<!--ftypheic-->',
      `${box.toString('latin1')}ftypavif<!---->`,
      'GIF89a',
      'II*\0',
    ];
    for (const start of [...starts, 'RIFF\0\0\0\0WEBP', '\xff\xd8\xff', '\x89PNG\r\n\x1a\n'])
      expect(await reasonFor(Buffer.from(`${start}${svg}`, 'latin1'))).toMatch(
        /^(not a JPEG, PNG|an HEIC|damaged|the file is cut)/,
      );
  });

  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('a %s that is cut off', async (format) => {
    const whole = await sharp(await png('big', 64))
      .toFormat(format)
      .toBuffer();
    expect(await reasonFor(whole.subarray(0, whole.length * 0.6))).toMatch(/cut off|damaged/);
  });

  test('an image of 1x1', async () => {
    expect(await reasonFor(await png('1', 1))).toBe('1x1 pixels, too small to show anything');
  });

  test('an image of 30,000x30,000, which a few kilobytes can hold', async () => {
    const bomb = greyPng(30_000);
    expect(bomb.length).toBeLessThan(2 ** 17);
    expect(await reasonFor(bomb)).toMatch(/more than 128 megapixels/);
  });

  test.skipIf(process.platform !== 'linux')('an image that never ends, or at which its decoder breaks', async () => {
    const decoders = new Decoders({ most: 1, patience: 1000 });
    /** Decodes an image in a process that stops or breaks meanwhile, and returns what was said. */
    const afflicted = async (signal: NodeJS.Signals, cancelAfter?: number): Promise<string> => {
      const before = children();
      expect((await decoders.decode(good['ant/0.png'], { size: 16 })).pixels).toHaveLength(3 * 16 * 16);
      const [own] = children().filter((pid) => !before.includes(pid));
      process.kill(own, signal);
      const cancelled = cancelAfter === undefined ? undefined : AbortSignal.timeout(cancelAfter);
      return decoders.decode(good['ant/0.png'], { size: 16 }, cancelled).then(String, (error: Error) => error.message);
    };
    expect(await afflicted('SIGSTOP')).toBe('its decoder was not done after 1 seconds');
    expect(await afflicted('SIGSEGV')).toBe('its decoder was ended by SIGSEGV');
    expect(await afflicted('SIGSTOP', 20)).toBe('cancelled');
    // Those that were sent together with one at which it breaks are tried again.
    const patient = new Decoders({ most: 1 });
    const before = children();
    await patient.decode(good['ant/0.png'], { size: 16 });
    const [own] = children().filter((pid) => !before.includes(pid));
    const many = Object.values(good).map((file) => patient.decode(file, { size: 16 }));
    process.kill(own, 'SIGSEGV');
    expect((await Promise.all(many)).map(({ pixels }) => pixels.length)).toEqual(many.map(() => 3 * 16 * 16));
    expect((await decoders.decode(good['ant/0.png'], { size: 16 })).pixels).toHaveLength(3 * 16 * 16);
  });

  test('a damaged file inside an otherwise good zip', async () => {
    const bytes = zip(good);
    const start = bytes.indexOf('ant/0.png') + 'ant/0.png'.length;
    bytes.fill(0x55, start + 40, start + 60);
    const { index } = await importPath(await archive('x.zip', bytes));
    expect(index.rejects).toEqual([
      { file: 'ant/0.png', reason: expect.stringMatching(/^damaged inside the archive/) as string },
    ]);
  });

  test('a zip entry whose size is a lie', async () => {
    const entries: ZipEntry[] = Object.entries(good).map(([name, content]) => ({ name, content }));
    const bytes = zip([...entries, { name: 'ant/bomb.png', content: Buffer.alloc(2 ** 20) }]);
    // The uncompressed size of the last entry, in the archive's directory.
    bytes.writeUInt32LE(100, bytes.lastIndexOf('ant/bomb.png') - 22);
    const { index } = await importPath(await archive('x.zip', bytes));
    expect(index.rejects).toEqual([{ file: 'ant/bomb.png', reason: 'damaged inside the archive' }]);
  });

  test('an entry that stands in the archive twice', async () => {
    const entries: ZipEntry[] = Object.entries(good).map(([name, content]) => ({ name, content }));
    const { index } = await importPath(await archive('x.zip', zip([...entries, entries[0]])));
    expect(index.rejects).toEqual([{ file: 'ant/0.png', reason: 'is in the archive twice' }]);
  });

  test('a symbolic link in an archive', async () => {
    const entries: ZipEntry[] = Object.entries(good).map(([name, content]) => ({ name, content }));
    const link = { name: 'ant/passwd.png', content: Buffer.from('/etc/passwd'), mode: 0o120777 };
    for (const path of [
      await archive('x.zip', zip([...entries, link])),
      await archive('x.tar', await tar(good, { 'ant/passwd.png': '/etc/passwd' })),
    ]) {
      const { index } = await importPath(path);
      expect(index.rejects).toMatchObject([
        { file: 'ant/passwd.png', reason: expect.stringMatching(/link/) as string },
      ]);
    }
  });

  test('control characters in names are shown and not obeyed', async () => {
    const reason = await importPath(
      await archive('x.zip', zip({ ...good, 'ant/\u001b[2J\u202e.png': Buffer.from('x') })),
    );
    expect(reason.index.rejects[0].file).toBe('ant/\\u{1b}[2J\\u{202e}.png');
  });

  test.skipIf(process.platform === 'win32')('links: a loop is left out, an image kept elsewhere is taken', async () => {
    await writeFolder(folder, good);
    await writeFolder(join(place, 'elsewhere'), await imagesOf(['cow'], 2));
    await symlink('..', join(folder, 'ant', 'up'));
    await symlink('../bee', join(folder, 'ant', 'sister'));
    await symlink('self', join(folder, 'ant', 'self'));
    await symlink('nothing', join(folder, 'ant', 'gone'));
    await symlink(join(place, 'elsewhere', 'cow'), join(folder, 'cow'));
    await symlink(place, join(place, 'elsewhere', 'cow', 'place'));
    execFileSync('mkfifo', [join(folder, 'ant', 'pipe.png')]);
    const { index } = await importPath(folder);
    expect(index.classes).toEqual(['ant', 'bee', 'cow']);
    expect(index.rejects).toEqual([
      { file: 'ant/gone', reason: 'a symbolic link to nothing' },
      { file: 'ant/pipe.png', reason: 'neither a file nor a folder' },
      { file: 'ant/self', reason: 'a symbolic link that goes in a loop' },
      { file: 'ant/sister', reason: 'a symbolic link to a folder that is read already' },
      { file: 'ant/up', reason: 'a symbolic link to a folder that is read already' },
      { file: 'cow/place', reason: 'a symbolic link to a folder that is read already' },
    ]);
  });

  test('whatever bytes stand where an image should, the import ends with a reject', async () => {
    const starts = [
      ...(await Promise.all(
        (['jpeg', 'webp', 'gif', 'tiff'] as const).map((f) => sharp(good['ant/0.png']).toFormat(f).toBuffer()),
      )),
      good['ant/1.png'],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.nat(60),
        fc.uint8Array({ minLength: 1, maxLength: 99 }),
        async (start, at, junk) => {
          const content = Buffer.concat([start.subarray(0, at), junk]);
          const { index } = await importPath(await archive('x.zip', zip({ ...good, 'ant/bad': content })));
          expect(index.rejects.length + index.count).toBe(7);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('whatever byte of an archive is changed, there is a set or a sentence', async () => {
    const archives = [zip(good), await tar(good), await tarGz(good)];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...archives),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(255),
        async (bytes, at, value) => {
          const changed = Buffer.from(bytes);
          changed[Math.floor(at * bytes.length)] = value;
          const error: unknown = await importPath(await archive('x', changed)).then(
            () => undefined,
            (e: unknown) => e,
          );
          if (error !== undefined) expect(error).toBeInstanceOf(UserError);
          expect((await readdir(dataFolder).catch(() => [])).filter((name) => name.startsWith('.'))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the home folder stays intact', () => {
  test('a cancelled import leaves nothing behind', async () => {
    const stop = new AbortController();
    const path = await archive('x.tar.gz', await tarGz(await imagesOf(['ant', 'bee'], 20)));
    const importing = importImages({
      path,
      size: 8,
      dataFolder,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 10) stop.abort();
      },
    });
    await expect(importing).rejects.toThrow(Cancelled);
    expect(await readdir(dataFolder)).toEqual([]);
    await expect(importImages({ path, size: 8, dataFolder, signal: stop.signal })).rejects.toThrow(Cancelled);
  });

  test('what a dead import left is removed by the next, what a living one does is not touched', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const owner of [dead, process.pid, process.ppid])
      await mkdir(join(dataFolder, `.importing-${owner}-ab12`), { recursive: true });
    const { index } = await importPath(await writeFolder(folder, good));
    expect((await readdir(dataFolder)).sort()).toEqual([`.importing-${process.ppid}-ab12`, index.id].sort());
  });

  test.skipIf(process.platform === 'win32')(
    'a disk without room: one sentence, and the sets that were there',
    async () => {
      const { folder: kept } = await importPath(await writeFolder(folder, good));
      await writeFolder(folder, await imagesOf(['cow'], 30));
      const script = join(place, 'import.ts');
      const url = new URL('../../src-main/data/import/import.ts', import.meta.url).href;
      await writeFile(
        script,
        `import { importImages } from ${JSON.stringify(url)};
       await importImages({ path: ${JSON.stringify(folder)}, size: 64, dataFolder: ${JSON.stringify(dataFolder)} }).then(
         () => process.exit(0), (error) => { console.log(error.name + ': ' + error.message); process.exit(1); });`,
      );
      // A limit on the length of files stands for the full disk: the write fails in the same place.
      const run = spawnSync('sh', ['-c', `ulimit -f 100; exec "$0" "$1"`, process.execPath, script], {
        encoding: 'utf8',
      });
      expect(run.stdout).toMatch(/^UserError: There is no space left to store images in .*home\/data: free some/);
      expect(await readdir(dataFolder)).toEqual([openImageSet(kept).index.id]);
    },
  );

  test('a data folder that is a file is said', async () => {
    await writeFile(join(place, 'home'), 'x');
    await expect(importPath(await writeFolder(folder, good))).rejects.toThrow(
      /can't be written to: make it writable or use another/,
    );
  });

  test('a damaged set is mended by importing again', async () => {
    const { folder: set } = await importPath(await writeFolder(folder, good));
    const shard = join(set, 'shard-0000.bin');
    const whole = await readFile(shard);
    await truncate(shard, 100);
    expect(() => openImageSet(set)).toThrow(/shard-0000\.bin has the wrong length. Import the images again/);
    await importPath(folder);
    expect(await readFile(shard)).toEqual(whole);
  });
});

/** The processes that this one has started. */
function children(): number[] {
  const lists = readdirSync('/proc/self/task').map((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8'));
  return lists.flatMap((list) => list.split(' ').filter((pid) => pid !== '')).map(Number);
}

/** A black PNG of one bit a pixel. */
function greyPng(side: number): Buffer {
  const chunk = (name: string, content: Buffer) => {
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    const body = Buffer.concat([Buffer.from(name), content]);
    length.writeUInt32BE(content.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  const mark = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([mark, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}
