import { describe, expect, it } from 'vitest';
import { chosenFiles, droppedFiles, MOST_FILES } from '../../src-renderer/upload/dropped.ts';

/** A folder as a test writes it: names to contents, or to folders. */
type Folder = { readonly [name: string]: string | Folder };

/** What a browser gives for a dropped file or folder; entries of a folder come in lists of at most `batch`. */
function entryOf(name: string, content: string | Folder, path = `/${name}`, batch = 2): FileSystemEntry {
  const isFile = typeof content === 'string';
  const below = isFile
    ? []
    : Object.entries(content).map(([child, of]) => entryOf(child, of, `${path}/${child}`, batch));
  return {
    name,
    fullPath: path,
    isFile,
    isDirectory: !isFile,
    file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
      content === 'unreadable' ? reject(new Error('NotReadableError')) : resolve(new File([content as string], name)),
    createReader: () => {
      const left = [...below];
      return { readEntries: (resolve: (entries: FileSystemEntry[]) => void) => resolve(left.splice(0, batch)) };
    },
  } as unknown as FileSystemEntry;
}

const drop = (...entries: (FileSystemEntry | null)[]): DataTransfer =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: [] }) as unknown as DataTransfer;

const pathsOf = (dropped: Awaited<ReturnType<typeof droppedFiles>>) =>
  'files' in dropped ? dropped.files.map(({ path }) => path).sort() : 'an archive';

describe('what is dropped on the page', () => {
  it('is a folder with all that is in it, however deep and however many', async () => {
    const sparrow = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`${index}.png`, `image ${index}`]));
    const birds = { train: { sparrow, finch: { deeper: { 'a.png': 'a' } } }, 'groups.json': '{}', empty: {} };
    const found: number[] = [];
    const dropped = await droppedFiles(drop(entryOf('birds', birds)), { onFound: (files) => found.push(files) });
    expect(dropped.name).toBe('birds');
    expect(pathsOf(dropped)).toEqual(
      [
        ...Object.keys(sparrow).map((name) => `birds/train/sparrow/${name}`),
        'birds/train/finch/deeper/a.png',
        'birds/groups.json',
      ].sort(),
    );
    expect(found.at(-1)).toBe(27);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  });

  it('is several folders, which keep their names', async () => {
    const dropped = await droppedFiles(
      drop(entryOf('sparrow', { 'a.png': 'a' }), entryOf('finch', { 'a.png': 'a' }), null),
    );
    expect(dropped.name).toBe('images');
    expect(pathsOf(dropped)).toEqual(['finch/a.png', 'sparrow/a.png']);
  });

  it.each(['resnet18.pth', 'model.onnx', 'Weights.SAFETENSORS', 'resnet20.th'])(
    'is no set of images where it is %s, and says where networks go',
    async (name) => {
      const words = `${name} is a file of a network, not of images. Drop it on “You have a trained network?” on Start, or`;
      // Also where it is a zip archive, as those of PyTorch are.
      await expect(droppedFiles(drop(entryOf(name, 'PK\x03\x04')))).rejects.toThrow(words);
      await expect(chosenFiles([new File(['x'], name)])).rejects.toThrow(words);
    },
  );

  it('is an archive, known by its first bytes or its name', async () => {
    const tar = `name${'\0'.repeat(253)}ustar`;
    for (const [name, content] of [
      ['birds.zip', 'anything'],
      ['birds', 'PK\u0003\u0004'],
      ['birds.tar.GZ', 'x'],
      ['birds', tar],
    ]) {
      const dropped = await droppedFiles(drop(entryOf(name, content)));
      expect(dropped).toMatchObject({ name, archive: { name } });
    }
  });

  it('is any other file, for main to say what it is not', async () => {
    expect(pathsOf(await droppedFiles(drop(entryOf('notes.txt', 'hello'))))).toEqual(['notes.txt']);
  });

  it('is a file out of another program, which has bytes but no place on a disk', async () => {
    const file = Object.assign(new File(['PK'], 'birds.zip'), { webkitRelativePath: '' });
    const dropped = await droppedFiles({ ...drop(null), files: [file] } as unknown as DataTransfer);
    expect(dropped).toMatchObject({ name: 'birds.zip', archive: { name: 'birds.zip' } });
  });

  it('is nothing: a sentence says what to drop', async () => {
    await expect(droppedFiles(drop(null))).rejects.toThrow('Drop a folder of images, or a zip or tar archive of one.');
  });

  it('has a file that the browser may not read: the sentence names it', async () => {
    const dropped = droppedFiles(drop(entryOf('birds', { finch: { 'a.png': 'unreadable' } })));
    await expect(dropped).rejects.toThrow('The browser can’t read birds/finch/a.png.');
  });

  it('is too much for a page: it stops and says the better way', async () => {
    const endless = entryOf('birds', {}) as FileSystemDirectoryEntry;
    const some = Array.from({ length: 10_000 }, (_, index) => entryOf(`${index}.png`, ''));
    endless.createReader = () => ({ readEntries: (resolve) => resolve(some) });
    await expect(droppedFiles(drop(endless))).rejects.toThrow('These are more than 300,000 files');
  });

  it('is no longer wanted: it stops', async () => {
    const stop = new AbortController();
    const dropped = droppedFiles(drop(entryOf('birds', { 'a.png': '', 'b.png': '', 'c.png': '' })), {
      signal: stop.signal,
      onFound: () => stop.abort(),
    });
    await expect(dropped).rejects.toThrow('abort');
  });
});

describe('what is chosen in a dialog of the browser', () => {
  const chosen = (path: string, content = 'x') =>
    Object.defineProperty(new File([content], path.split('/').at(-1)!), 'webkitRelativePath', {
      value: path.includes('/') ? path : '',
    });

  it('is a folder, files, or an archive', async () => {
    const folder = await chosenFiles([chosen('birds/finch/a.png'), chosen('birds/sparrow/a.png')]);
    expect([folder.name, pathsOf(folder)]).toEqual(['birds', ['birds/finch/a.png', 'birds/sparrow/a.png']]);
    const files = await chosenFiles([chosen('data_batch_1.bin'), chosen('test_batch.bin')]);
    expect([files.name, pathsOf(files)]).toEqual(['images', ['data_batch_1.bin', 'test_batch.bin']]);
    expect(await chosenFiles([chosen('birds.zip')])).toMatchObject({ name: 'birds.zip', archive: {} });
  });

  it('is nothing or too much: a sentence', async () => {
    await expect(chosenFiles([])).rejects.toThrow('No files were dropped');
    await expect(chosenFiles(Array<File>(MOST_FILES + 1).fill(chosen('a/b')))).rejects.toThrow('more than 300,000');
  });
});
