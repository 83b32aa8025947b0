import type { SourceFile } from '../source.ts';
import { byCodeUnit, className, inFolder } from '../names.ts';
import { GROUPS_FILE } from '../groups.ts';
import { Choices, Unanswered, type Answers, type Choice } from './choices.ts';
import { FolderReading, type FoundClasses, type Telling } from './class-folders.ts';
import { detectionSet } from './detection.ts';
import { labelHeap } from './labels.ts';
import { litterOf } from './litter.ts';
import { treeOf, MOST_DEEP, type Folder, type Texts } from './tree.ts';

export interface PlannedImage {
  readonly path: string;
  readonly bytes: number;
  readonly className: string;
  readonly heldOut: boolean;
}

/** Files that are left out, and why. */
export interface LeftOut {
  /** A file, or a folder with a slash at its end. */
  readonly path: string;
  readonly files: number;
  readonly reason: string;
  /** It says nothing about the set, as thumbnails of an operating system. */
  readonly junk?: boolean;
}

/** What an import is about to do with class folders or labelled files. */
export interface Structure {
  /** Where the labels come from: `the names of the folders`. */
  readonly labels: string;
  readonly images: readonly PlannedImage[];
  /** Class -> group, where a set has two levels of classes. */
  readonly groups: Readonly<Record<string, string>>;
  readonly heldOutGiven: boolean;
  readonly leftOut: readonly LeftOut[];
  /** Sentences about what was guessed. */
  readonly notes: readonly string[];
  readonly choices: readonly Choice[];
  /** The choice that must be made before anything can be imported. */
  readonly open?: Choice;
  /** Why there are no classes, where there are none: a clause about what was seen. */
  readonly nothing?: string;
  /** The folder around the classes, with the parts; it may have a groups.json. */
  readonly around: string;
}

/**
 * Reads the structure of a set from its list of files and its small text files. It opens nothing: what it returns is all
 * that an import then does. `open` is set where it can be read in more than one way and nobody has said in which.
 *
 * Throws a UserError for answers that are no options, and for sets of another purpose (detection), by name.
 */
export function readStructure(files: readonly SourceFile[], texts: Texts, answers: Answers = {}): Structure {
  const choices = new Choices(answers);
  const left = new LeavingOut();
  const folders = new Set<string>();
  const tree = treeOf(sortedOut(files, answers, left, folders));
  const result = { labels: '', images: [] as PlannedImage[], groups: {}, heldOutGiven: false, around: '' };
  const notes = new Set<string>();
  const used = new Set<string>();
  const telling: Telling = {
    choices,
    leave: (path, count, reason) => left.folder(path, count, reason),
    note: (sentence) => notes.add(sentence),
    use: (path) => used.add(path),
  };
  const reading = new FolderReading(telling);
  let open: Choice | undefined;
  let nothing: string | undefined;
  try {
    const folder = reading.read(tree);
    const found = labelHeap(folder, tree, texts, telling);
    if ('nothing' in found) nothing = detectionSet(tree, texts) ?? found.nothing;
    else Object.assign(result, planOf(found));
    if (!('nothing' in found)) left.rest(tree, result.images, used);
    if (!('nothing' in found)) choices.refuseUnused((id) => id.startsWith('folder:') && folders.has(id.slice(7)));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const detection = detectionSet(tree, texts);
    if (detection !== undefined && !choices.list.some(({ id }) => id === 'levels')) nothing = detection;
    else open = choices.list.at(-1);
  }
  return { ...result, leftOut: left.list, notes: [...notes], choices: choices.list, open, nothing };
}

/** Files of one folder that are named one by one; more are counted. */
const NAMED_EACH = 3;

/** What is left out. In the end it has every file that is not imported. */
class LeavingOut {
  readonly #all = new Map<string, LeftOut>();

  get list(): LeftOut[] {
    return [...this.#all.values()].sort((a, b) => byCodeUnit(a.path, b.path));
  }

  /** One more file, itself or below a folder. */
  file(path: string, reason: string, junk?: boolean): void {
    const files = (this.#all.get(`${path}\n${reason}`)?.files ?? 0) + 1;
    this.#all.set(`${path}\n${reason}`, { path, files, reason, junk });
  }

  /** A file, or all files of a folder. */
  folder(path: string, files: number, reason: string): void {
    this.#all.set(`${path}\n${reason}`, { path, files, reason });
  }

  /** All that is neither imported nor left out nor read for its labels. */
  rest(tree: Folder, images: readonly PlannedImage[], used: ReadonlySet<string>): void {
    const told = new Set([...this.#all.values()].map(({ path }) => path));
    const planned = new Set(images.map(({ path }) => path));
    const visit = (folder: Folder): void => {
      if (told.has(`${folder.path}/`)) return;
      const others = folder.others.filter(({ path }) => !told.has(path) && !used.has(path));
      if (others.length > NAMED_EACH) this.folder(`${folder.path}/`, others.length, 'no images');
      else for (const { path } of others) this.folder(path, 1, 'not an image');
      for (const { path } of folder.images)
        if (!told.has(path) && !planned.has(path)) this.folder(path, 1, 'not in a class folder');
      folder.folders.forEach(visit);
    };
    visit(tree);
  }
}

/** The files without litter and folders that a person wants left out. */
function sortedOut(
  files: readonly SourceFile[],
  answers: Answers,
  left: LeavingOut,
  folders: Set<string>,
): SourceFile[] {
  const decided = (name: string, path?: string) => answers[`folder:${path}`] ?? answers[`folder:${name}`];
  return files.filter(({ path }) => {
    const segments = path.split('/');
    if (segments.at(-1) === GROUPS_FILE) return false;
    for (let depth = 0; depth < segments.length - 1; depth++) {
      const upTo = segments.slice(0, depth + 1).join('/');
      folders.add(upTo).add(segments[depth]);
      if (decided(segments[depth], upTo) !== 'out') continue;
      left.file(`${upTo}/`, 'left out, as you said');
      return false;
    }
    if (segments.length > MOST_DEEP) {
      left.file(`${segments.slice(0, 4).join('/')}/`, `more than ${MOST_DEEP} folders deep`);
      return false;
    }
    const litter = litterOf(path, (name) => decided(name) !== undefined);
    if (litter === undefined) return true;
    left.file(litter.path === path ? path : `${litter.path}/`, litter.reason, litter.junk);
    return false;
  });
}

function planOf(found: FoundClasses): Pick<Structure, 'labels' | 'images' | 'groups' | 'heldOutGiven' | 'around'> {
  const images = found.parts.flatMap(({ heldOut, classes }) =>
    [...classes].flatMap(([name, files]) =>
      files.map(({ path, bytes }) => ({ path, bytes, className: className(name), heldOut })),
    ),
  );
  const groups = Object.fromEntries([...found.groups].map(([name, group]) => [className(name), className(group)]));
  return {
    labels: found.labels,
    images,
    groups,
    heldOutGiven: images.some(({ heldOut }) => heldOut),
    around: found.around,
  };
}

/** The groups file in the innermost of the folders around the classes; undefined if none of them has one. */
export function groupsFileOf(paths: ReadonlySet<string>, around: string): string | undefined {
  for (let folder = around; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = inFolder(folder === '' ? '.' : folder, GROUPS_FILE);
    if (paths.has(path)) return path;
    if (folder === '') return undefined;
  }
}
