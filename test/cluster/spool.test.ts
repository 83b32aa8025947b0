import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Blobs } from '../../src-main/cluster/spool/blobs.ts';
import { makeSpoolFolder } from '../../src-main/cluster/spool/safe-files.ts';
import { imagesOnNode } from '../../src-main/cluster/worker/node-images.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

const flip = (file: string) => {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
};

/** A spool that has the two files of a packed set. */
async function spoolWithImages() {
  const [set, spool] = [temporaryFolder(), temporaryFolder()];
  for (const name of ['index.json', 'train-0.bin']) writeFileSync(join(set, name), `the bytes of ${name}`);
  const images = await new Blobs(spool).putImages(set);
  const blobs = () => globSync(join(spool, 'blobs/*')).sort();
  return { set, spool, images, blobs };
}

describe('blobs of a spool', () => {
  it('are written only where they are absent, under their hashes', async () => {
    const { set, spool, images, blobs } = await spoolWithImages();
    const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(blobs().map(hash)).toEqual(blobs().map((file) => file.split('/').at(-1)));
    const inodes = () => blobs().map((file) => statSync(file).ino);
    const before = inodes();
    // Another main.
    expect(await new Blobs(spool).putImages(set)).toEqual(images);
    expect(inodes()).toEqual(before);
  });

  it('that are damaged are replaced', async () => {
    const { set, spool, images, blobs } = await spoolWithImages();
    const bytes = () => blobs().map((file) => readFileSync(file, 'utf8'));
    const before = bytes();
    blobs().forEach(flip);
    expect(await new Blobs(spool).putImages(set)).toEqual(images);
    expect(bytes()).toEqual(before);
  });
});

describe('images on a node', () => {
  it('are copied once, however many jobs begin there at once', async () => {
    const { set, spool, images } = await spoolWithImages();
    const environment = { TRANSPLANT_NODE_FOLDER: temporaryFolder() };
    const folders = await Promise.all(Array.from({ length: 5 }, () => imagesOnNode(spool, images, environment)));
    expect(new Set(folders).size).toBe(1);
    for (const name of readdirSync(set))
      expect(readFileSync(join(folders[0], name))).toEqual(readFileSync(join(set, name)));
    // The spool isn't read again.
    rmSync(spool, { recursive: true });
    expect(await imagesOnNode(spool, images, environment)).toBe(folders[0]);
  });

  it('are held to their hashes: of a damaged blob nothing stays', async () => {
    const { spool, images, blobs } = await spoolWithImages();
    const node = temporaryFolder();
    flip(blobs()[0]);
    await expect(imagesOnNode(spool, images, { TRANSPLANT_NODE_FOLDER: node })).rejects.toThrow(
      /^The images can't be copied to .* on this node: .* has other bytes than its hash says\.$/,
    );
    expect(globSync(join(node, '*/*'))).toEqual([]);
  });
});

it.skipIf(process.platform !== 'linux')('a spool that can not be made is an error, and not a loop without end', () => {
  // As below an automounter: the folder is there, and denies what is made in it.
  expect(() => makeSpoolFolder('/proc/spool/blobs')).toThrow('ENOENT');
  expect(() => makeSpoolFolder('/dev/null/spool')).toThrow('ENOTDIR');
  const folder = join(temporaryFolder(), 'a/b/c');
  makeSpoolFolder(folder);
  makeSpoolFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
