import { counted } from '../../../common/numbers.ts';
import type { SourceFile } from '../source.ts';
import type { FolderResult, FoundClasses, FoundPart, Heap, Telling } from './class-folders.ts';
import { listed } from './choices.ts';
import { classOfName, patternFor, patternOf } from './file-names.ts';
import { ImageNames, readLabelTable, type Labelled, type LabelTable } from './label-table.ts';
import { partName } from './part-names.ts';
import { parseTable } from './table.ts';
import { imagesBelow, othersBelow, type Folder, type Texts } from './tree.ts';

/** Contests give an example of what to hand in, whose labels mean nothing. */
const EXAMPLE = /submission/i;

/**
 * The classes of a set: those of its folders, or, for heaps of images, those that a table or the files' names give. What
 * can't be told is asked.
 */
export function labelHeap(
  { found, heaps }: FolderResult,
  tree: Folder,
  texts: Texts,
  telling: Telling,
): FoundClasses | { readonly nothing: string } {
  const said = telling.choices.said('labels');
  const tables =
    said === 'names' ? [] : tablesOf(found === undefined ? imagesBelow(tree) : imagesOf(found, heaps), texts, telling);
  const heap = found === undefined ? heaps : [];
  if (found !== undefined) {
    const rival = rivalOf(found, tables, telling);
    if (rival === undefined) return withHeldOut(found, heaps, tables, telling);
    return fromTables([{ folder: tree, images: imagesOf(found, heaps) }], rival, telling);
  }
  const images = heap.flatMap((one) => one.images);
  if (images.length === 0) return { nothing: `has ${counted(tree.files, 'file')} but no images` };
  const usable = tables.filter(({ labels }) => [...labels.values()].some(({ label }) => label !== undefined));
  if (usable.length > 0 && said !== 'names') return fromTables(heap, usable, telling);
  return fromNames(heap, images, telling, tree);
}

const imagesOf = ({ parts }: FoundClasses, heaps: readonly Heap[]): SourceFile[] => [
  ...parts.flatMap(({ classes }) => [...classes.values()].flat()),
  ...heaps.flatMap(({ images }) => images),
];

function tablesOf(images: readonly SourceFile[], texts: Texts, telling: Telling): LabelTable[] {
  const names = new ImageNames(images);
  const said = telling.choices.said('labels');
  const tables: LabelTable[] = [];
  for (const [path, text] of texts) {
    if (said !== undefined && said !== path && said !== 'folders') continue;
    if (EXAMPLE.test(path) && said !== path) {
      telling.leave(path, 1, 'an example of what to hand in, not labels');
      continue;
    }
    const table = parseTable(path, text);
    const labels = table && readLabelTable(table, names, telling.choices);
    if (labels !== undefined) tables.push(labels);
  }
  return tables;
}

/** Tables that say something else of the images than their folders do, if a person wants them instead. */
function rivalOf(found: FoundClasses, tables: readonly LabelTable[], { choices }: Telling): LabelTable[] | undefined {
  const folderOf = new Map(
    found.parts.flatMap(({ classes }) =>
      [...classes].flatMap(([name, files]) => files.map((file) => [file, name] as const)),
    ),
  );
  const rivals = tables.filter(({ labels }) => {
    const pairs = new Map<string, Set<string>>();
    let known = 0;
    for (const [image, { label }] of labels) {
      const folder = folderOf.get(image);
      if (label === undefined || folder === undefined) continue;
      known++;
      pairs.set(folder, (pairs.get(folder) ?? new Set()).add(label));
    }
    const distinct = new Set([...pairs.values()].flatMap((some) => [...some]));
    return known >= folderOf.size / 2 && distinct.size > 1 && [...pairs.values()].some((some) => some.size > 1);
  });
  if (rivals.length === 0) return undefined;
  const said = choices.take('labels', {
    question: `The images lie in folders, but ${rivals[0].path} (${rivals[0].where}) divides them otherwise; which gives the classes?`,
    options: [
      { value: 'folders', says: 'the names of the folders' },
      ...rivals.map(({ path, where }) => ({ value: path, says: where })),
    ],
  });
  return said === 'folders' ? undefined : rivals.filter(({ path }) => path === said);
}

/** The classes of folders, with a held-out part whose labels stand in a table, such as ImageNet's. */
function withHeldOut(
  found: FoundClasses,
  heaps: readonly Heap[],
  tables: readonly LabelTable[],
  telling: Telling,
): FoundClasses {
  if (heaps.length === 0) return found;
  const known = new Set(found.parts[0].classes.keys());
  for (const heap of heaps) {
    const classes = new Map<string, SourceFile[]>();
    const from = new Set<string>();
    for (const { path, labels } of tables)
      for (const image of heap.images) {
        const label = labels.get(image)?.label;
        if (label === undefined || !known.has(label)) continue;
        from.add(path);
        telling.use(path);
        const same = classes.get(label);
        if (same) same.push(image);
        else classes.set(label, [image]);
      }
    const labelled = [...classes.values()].reduce((sum, files) => sum + files.length, 0);
    const files = heap.folder.files;
    if (labelled === 0) {
      telling.leave(
        `${heap.folder.path}/`,
        files,
        `${counted(files, 'file')}, none in a folder named like a class of the training part`,
      );
      continue;
    }
    const labels = [...from].join(', ');
    if (labelled < heap.images.length)
      telling.leave(
        `${heap.folder.path}/`,
        heap.images.length - labelled,
        `not named in ${labels} with a class that is trained on`,
      );
    telling.note(`The labels of ${heap.folder.path}/ come from ${labels}.`);
    return {
      ...found,
      labels: `${found.labels}, for ${heap.folder.name} ${labels}`,
      parts: [...found.parts, { heldOut: true, classes }],
    };
  }
  return found;
}

function fromTables(
  heaps: readonly Heap[],
  tables: readonly LabelTable[],
  telling: Telling,
): FoundClasses | { nothing: string } {
  const named = resolveContradictions(tables, telling);
  const byTable = new Map<SourceFile, LabelTable>();
  for (const table of named) for (const image of table.labels.keys()) byTable.set(image, table);
  const train = new Map<string, SourceFile[]>();
  const heldOut = new Map<string, SourceFile[]>();
  const unnamed = new Map<Folder, number>();
  const many = named.length > 1;
  for (const { role: byFolder, folder, images } of heaps)
    for (const image of images) {
      const table = byTable.get(image);
      const labelled: Labelled | undefined = table?.labels.get(image);
      if (labelled?.label === undefined) {
        if (labelled?.reason === undefined) unnamed.set(folder, (unnamed.get(folder) ?? 0) + 1);
        else telling.leave(image.path, 1, labelled.reason);
        continue;
      }
      const byTableName = many
        ? partName(table!.path.slice(table!.path.lastIndexOf('/') + 1).replace(/\.\w+$/, ''))?.role
        : undefined;
      const part = labelled.role ?? byFolder ?? byTableName;
      const into = part === 'held-out' ? heldOut : train;
      const same = into.get(labelled.label);
      if (same) same.push(image);
      else into.set(labelled.label, [image]);
    }
  const from = [...new Set(named.map(({ path }) => path))];
  from.forEach((path) => telling.use(path));
  for (const [folder, count] of unnamed)
    telling.leave(
      `${folder.path}/`,
      count,
      `not named in ${from.length > 3 ? `${from[0]} and ${from.length - 1} more` : listed(from)}`,
    );
  const missing = named.reduce((sum, table) => sum + table.missing, 0);
  if (missing > 0) telling.note(`${counted(missing, 'row')} of ${from[0]} name no image that is here.`);
  const classes = new Set([...train.keys(), ...heldOut.keys()]);
  if (classes.size < 2)
    return {
      nothing: `has labels in ${from[0]} (${named[0].where}), but ${classes.size === 0 ? 'they name no class' : `only of the class "${[...classes][0]}"`}`,
    };
  const parts: FoundPart[] =
    train.size === 0 ? [{ heldOut: false, classes: heldOut }] : [{ heldOut: false, classes: train }];
  if (heldOut.size > 0 && train.size > 0) parts.push({ heldOut: true, classes: heldOut });
  return { labels: `${from.join(', ')} (${named[0].where})`, parts, groups: new Map(), around: '' };
}

/** The tables that are used: all, or, where two of them give an image different labels, the one that a person chose. */
function resolveContradictions(tables: readonly LabelTable[], { choices }: Telling): readonly LabelTable[] {
  const label = new Map<SourceFile, string>();
  const contradict = tables.some(({ labels }) =>
    [...labels].some(([image, one]) => {
      const before = label.get(image);
      if (one.label !== undefined) label.set(image, one.label);
      return before !== undefined && one.label !== undefined && before !== one.label;
    }),
  );
  if (!contradict) return tables;
  const said = choices.take('labels', {
    question: `${tables[0].path} and ${tables[1].path} give the same images different labels; which gives the classes?`,
    options: tables.map(({ path, where }) => ({ value: path, says: where })),
  });
  return tables.filter(({ path }) => path === said);
}

/** Classes by a pattern of the files' names, which a person must agree to: any name looks like something. */
function fromNames(
  heaps: readonly Heap[],
  images: readonly SourceFile[],
  telling: Telling,
  tree: Folder,
): FoundClasses | { nothing: string } {
  const { choices } = telling;
  const guess = patternFor(images.map(({ path }) => path));
  const seen = seenIn(heaps, images, tree);
  if (choices.said('pattern') === undefined) {
    if (guess === undefined) return { nothing: seen };
    choices.take('pattern', {
      question: `It ${seen}, and no table of labels; the names of the files may tell the class: ${guess.classes
        .slice(0, 3)
        .map((name) => `"${name}"`)
        .join(', ')}${guess.classes.length > 3 ? ' …' : ''}.`,
      options: [{ value: guess.pattern, says: counted(guess.classes.length, 'class', 'classes') }],
      free: true,
    });
  }
  const pattern = choices.take('pattern', {
    question: `The class is taken from the names of the files.`,
    options: [{ value: choices.said('pattern')!, says: 'as you said' }],
    free: true,
  });
  const matches = patternOf(pattern);
  const parts = [false, true].map((heldOut) => {
    const classes = new Map<string, SourceFile[]>();
    for (const heap of heaps)
      for (const image of heap.images) {
        if ((heap.role === 'held-out') !== heldOut) continue;
        const name = classOfName(image.path, matches);
        if (name === undefined) telling.leave(image.path, 1, `its name is not ${pattern}`);
        else if (classes.has(name)) classes.get(name)!.push(image);
        else classes.set(name, [image]);
      }
    return { heldOut, classes };
  });
  const used = parts.filter(({ classes }) => classes.size > 0);
  const names = new Set(used.flatMap(({ classes }) => [...classes.keys()]));
  if (names.size < 2) return { nothing: `has ${counted(names.size, 'class', 'classes')} by the pattern ${pattern}` };
  return { labels: `the names of the files, ${pattern}`, parts: used, groups: new Map(), around: '' };
}

function seenIn(heaps: readonly Heap[], images: readonly SourceFile[], tree: Folder): string {
  const parts = heaps.filter(({ role }) => role !== undefined).map(({ folder }) => folder.name);
  const texts = othersBelow(tree)
    .filter(({ path }) => /\.(csv|tsv|jsonl?)$/i.test(path))
    .map(({ path }) => path);
  const table = texts.length > 0 ? ` (${texts.slice(0, 2).join(', ')} names none of them with a class)` : '';
  if (parts.length > 0)
    return `has ${counted(images.length, 'image')} in the parts ${parts.join(', ')} but no class folder${table}`;
  const folders = new Set(images.map(({ path }) => path.split('/').slice(0, -1).join('/')));
  const only = [...folders].find((path) => path !== '');
  if (folders.size === 1 && only !== undefined) return `has only one class folder, "${only.split('/').at(-1)}"${table}`;
  return `has ${counted(images.length, 'file')} but no class folder${table}`;
}
