import { counted } from '../../../common/numbers.ts';
import type { SourceFile } from '../source.ts';
import type { Choices } from './choices.ts';
import { isNeutral, namesMasks } from './litter.ts';
import { arePieces, byPreference, partsAmong, type PartName, type Role } from './part-names.ts';
import { withoutCopies } from './copies.ts';
import { imagesBelow, live, unwrapped, whyNoImages, type Folder } from './tree.ts';

/** What a reading tells its reader. */
export interface Telling {
  readonly choices: Choices;
  leave(path: string, files: number, reason: string): void;
  note(sentence: string): void;
  /** A file was read for its labels. */
  use(path: string): void;
}

export interface FoundPart {
  readonly heldOut: boolean;
  readonly classes: ReadonlyMap<string, readonly SourceFile[]>;
}

export interface FoundClasses {
  readonly labels: string;
  readonly parts: readonly FoundPart[];
  readonly groups: ReadonlyMap<string, string>;
  readonly around: string;
}

/** Images that no folder gives a class, in the part whose folder they are in. */
export interface Heap {
  readonly role?: Role;
  readonly folder: Folder;
  readonly images: readonly SourceFile[];
}

export interface FolderResult {
  readonly found?: FoundClasses;
  readonly heaps: readonly Heap[];
}

/** A class with its images; `group` is the folder around it, if that means something. */
interface ClassFolder {
  readonly name: string;
  readonly group?: string;
  readonly images: readonly SourceFile[];
  readonly part?: PartName;
}

type Level = { readonly around: string; readonly classes: readonly ClassFolder[] };

const FOLDER_NAMES = 'the names of the folders';

/** Finds class folders in a tree: below folders that only wrap, below parts, beside what has no images. */
export class FolderReading {
  readonly #telling: Telling;
  constructor(telling: Telling) {
    this.#telling = telling;
  }

  read(tree: Folder): FolderResult {
    const top = this.#unwrap(tree);
    const folders = this.#pictures(live(top));
    const parts = this.#roles(folders);
    const anyTrain = [...parts.values()].some(({ role }) => role === 'train');
    const said = [...parts.keys()].some((name) => this.#telling.choices.said(`folder:${name}`) !== undefined);
    if (parts.size > 0 && !this.#partsAreClasses(folders, parts) && (anyTrain || said || parts.size > 1))
      return this.#parted(top, folders, parts);
    const level = this.#level(top);
    if (level === undefined) return { heaps: this.#heapsOf(top, folders) };
    this.#loose(top, level);
    const inside = level.classes.some(({ part }) => part !== undefined);
    if (!inside)
      return { found: { labels: FOLDER_NAMES, parts: [partOf(level, false)], ...facts([level]) }, heaps: [] };
    return { found: this.#partsInside(level), heaps: [] };
  }

  /** The roles of parts by their names and by what was said. */
  #roles(folders: readonly Folder[]): Map<string, PartName> {
    const { choices } = this.#telling;
    const parts = partsAmong(folders.map(({ name }) => name));
    for (const { name, path } of folders) {
      const id = [path, name].map((one) => `folder:${one}`).find((one) => choices.said(one) !== undefined);
      if (id === undefined) continue;
      const said = choices.take(id, { question: `What is "${name}"?`, options: FOLDER_OPTIONS });
      if (said === 'class') parts.delete(name);
      else if (said !== 'out') parts.set(name, { word: name.toLowerCase(), rest: '', role: said as Role });
    }
    return parts;
  }

  /**
   * Whether folders named like parts are classes of pictures: others of their kind stand beside them, and none has folders. A
   * lone `train` among vehicles is one; `train` and `test` beside `bus` may be either, so that a person says it.
   */
  #partsAreClasses(folders: readonly Folder[], parts: ReadonlyMap<string, PartName>): boolean {
    const { choices, note } = this.#telling;
    const classes = folders.filter(({ name }) => !parts.has(name));
    if (classes.length === 0 || folders.some((folder) => parts.has(folder.name) && this.#hasClasses(folder)))
      return false;
    const names = [...parts.keys()];
    if (names.some((name) => choices.said(`folder:${name}`) !== undefined)) return false;
    const beside = joined(classes.slice(0, 3).map(({ name }) => name));
    const seen = `${joined(names)} ${names.length === 1 ? 'has' : 'have'} no folders of classes and ${names.length === 1 ? 'stands' : 'stand'} beside ${beside}`;
    choices.take(`folder:${names[0]}`, {
      question: `${seen}; what is "${names[0]}"?`,
      options: FOLDER_OPTIONS,
      guess: names.length === 1 ? 'class' : undefined,
    });
    note(`"${names[0]}" is taken for a class, because it has no folders of classes and stands beside ${beside}.`);
    return true;
  }

  #hasClasses(folder: Folder): boolean {
    const inner = unwrapped(folder);
    const folders = live(inner).filter(({ name }) => !namesMasks(name) && !isNeutral(name));
    return folders.length > 1 || (folders.length === 1 && inner.images.length === 0 && folders[0].name !== folder.name);
  }

  /** The folder below those that only wrap, where what stands beside is left out: `images/` with classes beside `attributes/`. */
  #unwrap(folder: Folder): Folder {
    for (let at = folder; ;) {
      const inner = this.#pictures(live(at));
      if (inner.length !== 1 || live(inner[0]).length === 0) return at;
      this.#leaveOthers(at, inner[0]);
      for (const file of at.images) this.#telling.leave(file.path, 1, 'not in a class folder');
      at = inner[0];
    }
  }

  #leaveOthers(folder: Folder, kept: Folder): void {
    for (const other of folder.folders)
      if (other !== kept && other.total === 0 && other.files > 0)
        this.#telling.leave(`${other.path}/`, other.files, whyNoImages(other));
  }

  /** The folders without those of masks, which are pictures of the same things, and without second copies. */
  #pictures(folders: readonly Folder[]): Folder[] {
    const plain = folders.filter(({ name }) => isNeutral(name));
    const kept = plain.length === 0 ? folders : folders.filter((folder) => !this.#isMasks(folder, plain));
    return withoutCopies(kept, (folder, of) => {
      this.#telling.leave(`${folder.path}/`, folder.files, `a second copy of ${of}`);
      this.#telling.note(`${folder.path}/ is a second copy of ${of} (the same names and sizes) and is left out.`);
    });
  }

  #isMasks(folder: Folder, plain: readonly Folder[]): boolean {
    if (!namesMasks(folder.name) || isNeutral(folder.name)) return false;
    const { choices, leave } = this.#telling;
    const said = choices.take(`folder:${folder.name}`, {
      question: `"${folder.name}" stands beside "${plain[0].name}": its ${counted(folder.total, 'image')} look like masks of the others, drawn and not photographed.`,
      options: MASK_OPTIONS,
      guess: 'out',
    });
    if (said !== 'out') return false;
    leave(`${folder.path}/`, folder.files, 'masks, which are no pictures of a class');
    return true;
  }

  /** A set in parts: one is trained on, one held out, and the others are left out. */
  #parted(top: Folder, folders: readonly Folder[], parts: ReadonlyMap<string, PartName>): FolderResult {
    const withClasses = folders.filter((folder) => parts.has(folder.name) && this.#hasClasses(folder));
    if (withClasses.length === 0) {
      const heaps = folders.map((folder) => ({
        role: parts.get(folder.name)?.role,
        folder,
        images: imagesBelow(folder),
      }));
      return { heaps };
    }
    const training = this.#training(withClasses, parts);
    const chosen = this.#level(training, true)!;
    this.#loose(unwrapped(training), chosen);
    const names = new Set(chosen.classes.map(({ name }) => name));
    const rest = folders.filter((folder) => folder !== training);
    const heldOut = this.#heldOut(rest, parts, names);
    const heldOutLevel = heldOut && this.#level(heldOut, true);
    if (heldOut && heldOutLevel) this.#loose(unwrapped(heldOut), heldOutLevel);
    const heaps: Heap[] = [];
    for (const folder of rest) {
      if (folder === heldOut) continue;
      const part = parts.get(folder.name);
      if (heldOut === undefined && part?.role === 'held-out' && !this.#hasClasses(folder))
        heaps.push({ role: 'held-out', folder, images: imagesBelow(folder) });
      else this.#telling.leave(`${folder.path}/`, folder.files, reasonLeftOut(folder, part, heldOut));
    }
    for (const other of top.folders)
      if (other.total === 0) this.#telling.leave(`${other.path}/`, other.files, whyNoImages(other));
    for (const image of top.images) this.#telling.leave(image.path, 1, 'not in a class folder');
    const found = [partOf(chosen, false), ...(heldOutLevel ? [partOf(heldOutLevel, true)] : [])];
    const levels = heldOutLevel ? [chosen, heldOutLevel] : [chosen];
    return { found: { labels: FOLDER_NAMES, parts: found, ...facts(levels), around: chosen.around }, heaps };
  }

  /** The part to train on. Where none is named so, or several are, a person says which. */
  #training(folders: readonly Folder[], parts: ReadonlyMap<string, PartName>): Folder {
    const named = folders.filter(({ name }) => parts.get(name)!.role === 'train');
    const among = named.length > 0 ? named : folders;
    if (named.length === 1 && this.#telling.choices.said('train') === undefined) return named[0];
    const names = among.map(({ name }) => `"${name}"`);
    const said = this.#telling.choices.take('train', {
      question:
        named.length > 0
          ? `${names.join(' and ')} are both named like a part to train on; which is it?`
          : `${names.join(' and ')} ${names.length === 1 ? 'is a held-out part' : 'are held-out parts'} by name, and none is named like a part to train on; which is trained on?`,
      options: among.map(({ name, total }) => ({ value: name, says: counted(total, 'image') })),
      guess: named.length === 1 ? named[0].name : undefined,
    });
    return among.find(({ name }) => name === said)!;
  }

  /** The preferred held-out part among those that have a class in common with the training part. */
  #heldOut(
    rest: readonly Folder[],
    parts: ReadonlyMap<string, PartName>,
    trained: ReadonlySet<string>,
  ): Folder | undefined {
    const fits = rest
      .filter(({ name }) => parts.get(name)?.role === 'held-out')
      .filter((folder) => this.#hasClasses(folder))
      .filter((folder) =>
        live(unwrapped(folder)).some(
          ({ name, folders }) => trained.has(name) || folders.some((one) => trained.has(one.name)),
        ),
      )
      .sort((a, b) => byPreference(parts.get(a.name)!, parts.get(b.name)!));
    const { choices } = this.#telling;
    if (fits.length < 2 && (fits.length === 0 || choices.said('held-out') === undefined)) return fits[0];
    const said = choices.take('held-out', {
      question: `${fits.map(({ name }) => `"${name}"`).join(' and ')} could be held out; the others of them are left out.`,
      options: [
        ...fits.map(({ name, total }) => ({ value: name, says: counted(total, 'image') })),
        { value: 'drawn', says: 'a random fifth of the training part' },
      ],
      guess: fits[0].name,
    });
    return fits.find(({ name }) => name === said);
  }

  /** The classes below a folder; undefined if its folders give none. @param one whether a single class folder is one */
  #level(folder: Folder, one = false): Level | undefined {
    const around = this.#unwrap(folder);
    const folders = this.#pictures(live(around));
    if (folders.length < (one ? 1 : 2)) return undefined;
    if (arePieces(folders.map(({ name }) => name))) return this.#pieces(around, folders);
    const inner = folders.map((each) => this.#pictures(live(each)).filter(({ name }) => !isNeutral(name)));
    const divided = folders.filter((each, at) => each.images.length === 0 && inner[at].length > 1);
    const inside = divided.length > 0 ? partsAmong(inner.flat().map(({ name }) => name)) : new Map<string, PartName>();
    const parted =
      divided.length === folders.length &&
      inner.flat().every(({ name }) => inside.has(name)) &&
      inner.every((some) => some.some(({ name }) => inside.get(name)!.role === 'train'));
    if (parted)
      return {
        around: around.path,
        classes: folders.flatMap((each, at) =>
          inner[at].map((part) => ({ name: each.name, images: imagesBelow(part), part: inside.get(part.name) })),
        ),
      };
    if (divided.length > 0) return this.#twoLevels(around, folders, inner);
    return { around: around.path, classes: folders.map((each) => ({ name: each.name, images: this.#imagesOf(each) })) };
  }

  /** Images of a class at any depth, without its masks. */
  #imagesOf(folder: Folder): SourceFile[] {
    return [...folder.images, ...this.#pictures(live(folder)).flatMap((inner) => this.#imagesOf(inner))];
  }

  /** Folders that only divide a heap: each has the same classes in it, or none has any. */
  #pieces(around: Folder, pieces: readonly Folder[]): Level | undefined {
    if (pieces.every((piece) => live(piece).length === 0)) return undefined;
    const inner = pieces.flatMap((piece) => this.#pictures(live(unwrapped(piece))));
    this.#telling.note(`${pieces.map(({ name }) => name).join(', ')} are read as pieces of one set.`);
    const byName = Map.groupBy(inner, ({ name }) => name);
    const classes = [...byName].map(([name, some]) => ({ name, images: some.flatMap((one) => this.#imagesOf(one)) }));
    return classes.length < 2 ? undefined : { around: around.path, classes };
  }

  #twoLevels(around: Folder, folders: readonly Folder[], inner: readonly (readonly Folder[])[]): Level {
    const names = inner.flat().map(({ name }) => name);
    const distinct = new Set(names).size;
    const example = folders.findIndex((_, at) => inner[at].length > 1);
    const says = inner[example]
      .slice(0, 3)
      .map(({ name }) => `"${name}"`)
      .join(', ');
    const levels = this.#telling.choices.take('levels', {
      question: `Its class folders have folders of their own: "${folders[example].name}" has ${says}${inner[example].length > 3 ? ' …' : ''}; which of them are the classes?`,
      options: [
        { value: 'outer', says: counted(folders.length, 'class', 'classes') + `, such as ${folders[example].name}` },
        { value: 'inner', says: counted(distinct, 'class', 'classes') + `, such as ${inner[example][0].name}` },
        {
          value: 'both',
          says:
            counted(names.length, 'class', 'classes') + `, such as ${folders[example].name}/${inner[example][0].name}`,
        },
      ],
    });
    const classes = folders.flatMap((folder, at): ClassFolder[] => {
      if (levels === 'outer' || inner[at].length === 0) return [{ name: folder.name, images: this.#imagesOf(folder) }];
      for (const image of folder.images) this.#telling.leave(image.path, 1, 'not in a class folder of the inner level');
      return inner[at].map((one) => ({
        name: levels === 'both' ? `${folder.name}/${one.name}` : one.name,
        group: levels === 'both' || distinct === names.length ? folder.name : undefined,
        images: this.#imagesOf(one),
      }));
    });
    return { around: around.path, classes: merged(classes) };
  }

  /** Parts below classes: `cat/train`, `cat/test`. */
  #partsInside(level: Level): FoundClasses {
    const words = [...new Map(level.classes.map(({ part }) => [part!.word, part!])).values()];
    const heldOut = words.filter(({ role }) => role === 'held-out').sort(byPreference)[0];
    const of = (wanted: (part: PartName) => boolean) => level.classes.filter(({ part }) => wanted(part!));
    for (const { name, part, images } of of(({ role, word }) => role !== 'train' && word !== heldOut?.word))
      this.#telling.leave(
        `${level.around && `${level.around}/`}${name}/${part!.word}/`,
        images.length,
        `not the part that is held out, which is ${heldOut?.word}`,
      );
    const train = { around: level.around, classes: of(({ role }) => role === 'train') };
    const test = { around: level.around, classes: of(({ word }) => word === heldOut?.word) };
    const parts = [partOf(train, false), ...(heldOut ? [partOf(test, true)] : [])];
    return { labels: FOLDER_NAMES, parts, ...facts([level]) };
  }

  /** Says what stands beside class folders and is in none. */
  #loose(folder: Folder, level: Level): void {
    const { leave } = this.#telling;
    let at = folder;
    while (at.path !== level.around) {
      const next = at.folders.find(({ path }) => level.around === path || level.around.startsWith(`${path}/`));
      if (next === undefined) break;
      at = next;
    }
    for (const image of at.images) leave(image.path, 1, 'not in a class folder');
    for (const other of at.folders)
      if (other.total === 0 && other.files > 0) leave(`${other.path}/`, other.files, whyNoImages(other));
  }

  #heapsOf(top: Folder, folders: readonly Folder[]): Heap[] {
    const images = [...top.images, ...folders.flatMap((folder) => this.#imagesOf(folder))];
    return images.length === 0 ? [] : [{ folder: top, images }];
  }
}

const FOLDER_OPTIONS = [
  { value: 'train', says: 'the part to train on' },
  { value: 'held-out', says: 'the part that is held out' },
  { value: 'class', says: 'a class' },
  { value: 'out', says: 'to be left out' },
];
const MASK_OPTIONS = [
  { value: 'out', says: 'left out' },
  { value: 'class', says: 'pictures as others are' },
];

/** `"train" and "test"` */
const joined = (names: readonly string[]): string =>
  new Intl.ListFormat('en-GB').format(names.map((name) => `"${name}"`));

function merged(classes: readonly ClassFolder[]): ClassFolder[] {
  return [...Map.groupBy(classes, ({ name }) => name).values()].map((same) => ({
    ...same[0],
    images: same.flatMap(({ images }) => images),
  }));
}

const partOf = ({ classes }: Level, heldOut: boolean): FoundPart => {
  return { heldOut, classes: new Map(merged(classes).map(({ name, images }) => [name, images])) };
};

const facts = (levels: readonly Level[]): Pick<FoundClasses, 'groups' | 'around'> => ({
  around: levels[0].around,
  groups: new Map(
    levels.flatMap(({ classes }) =>
      classes.flatMap(({ name, group }) => (group === undefined ? [] : [[name, group] as const])),
    ),
  ),
});

function reasonLeftOut(folder: Folder, part: PartName | undefined, heldOut: Folder | undefined): string {
  const files = counted(folder.files, 'file');
  if (part === undefined) return `${files} beside the parts of the set`;
  if (part.role === 'other') return `${files} that have no labels`;
  if (part.role === 'train') return `${files}, because another part is trained on`;
  if (heldOut === undefined) return `${files}, none in a folder named like a class of the training part`;
  return `${files}, because ${heldOut.name} is taken as the held-out part`;
}
