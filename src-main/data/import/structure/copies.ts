import { partsAmong } from './part-names.ts';
import { imagesBelow, live, unwrapped, type Folder } from './tree.ts';

/** Of folders with the same files in them, one; a folder may also hold a copy of those beside it. Parts are no copies. */
export function withoutCopies(folders: readonly Folder[], onCopy: (copy: Folder, of: string) => void): Folder[] {
  const copies = new Set<Folder>();
  const parts = partsAmong(folders.map(({ name }) => name));
  for (const folder of folders) {
    const names = new Set(live(unwrapped(folder)).map(({ name }) => name));
    if (parts.has(folder.name) || names.size < 2) continue;
    const beside = folders.filter((other) => other !== folder && names.has(other.name));
    const contents = contentsOf(live(unwrapped(folder)));
    if (beside.length === names.size && sameFiles(contentsOf(beside), contents)) {
      onCopy(folder, 'the folders beside it');
      copies.add(folder);
      continue;
    }
    const twin = folders.find(
      (other) =>
        other !== folder &&
        !copies.has(other) &&
        isOuter(other, folder) &&
        sameFiles(contentsOf(live(unwrapped(other))), contents),
    );
    if (twin === undefined) continue;
    onCopy(folder, twin.path);
    copies.add(folder);
  }
  return folders.filter((folder) => !copies.has(folder));
}

/** Whether a folder's classes are less wrapped than another's, or its name comes first: then it is the original. */
function isOuter(folder: Folder, other: Folder): boolean {
  const [one, two] = [unwrapped(folder).path.length, unwrapped(other).path.length];
  if (one !== two) return one < two;
  return (
    folder.path.length < other.path.length || (folder.path.length === other.path.length && folder.path < other.path)
  );
}

/** Files by their path inside of these folders, with their sizes. */
function contentsOf(folders: readonly Folder[]): Map<string, number> {
  return new Map(
    folders.flatMap((folder) => {
      const above = folder.path.length - folder.name.length;
      return imagesBelow(folder).map(({ path, bytes }) => [path.slice(above), bytes] as const);
    }),
  );
}

/** Whether a folder is a copy: nine in ten of its files are in the other, with the same size. */
function sameFiles(original: ReadonlyMap<string, number>, copy: ReadonlyMap<string, number>): boolean {
  if (copy.size === 0 || original.size === 0) return false;
  let same = 0;
  for (const [path, bytes] of copy) if (original.get(path) === bytes) same++;
  return same >= 0.9 * copy.size;
}
