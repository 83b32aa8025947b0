import { z } from 'zod';
import type { SplitSpec } from '../common/protocol-parts.ts';
import { visibleLine } from '../common/visible.ts';
import { messageOf, UserError } from '../errors.ts';
import { RandomStream } from '../random.ts';
import type { ImageSetIndex } from './image-set.ts';

/** Two disjoint lists of class names, each in the image set's class order; A is empty where it is not of this set. */
export interface Split {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** The part of an image set's index that a split is made from. */
export type SplitSource = Pick<ImageSetIndex, 'name' | 'classes' | 'groups'>;

/** Classes of each half, at least: with one class there is nothing to tell apart. */
const LEAST_CLASSES = 2;

/**
 * Splits the classes of an image set (paper, section 3: "two random, non-overlapping subsets" of equal size; section
 * 4.2: by group). If the number of classes is odd, one of them, drawn by the seed, is left out. Throws a UserError that
 * names the class or group that is unknown or in both halves, or the half that is too small.
 */
export function makeSplit(index: SplitSource, spec: SplitSpec, seed: number): Split {
  const halves = draw(index, spec, seed);
  if (spec.kind === 'whole' && halves.b.length < LEAST_CLASSES)
    throw usageError(
      `The target has ${count(halves.b.length)}, but at least ${LEAST_CLASSES} are needed to tell apart; image set "${index.name}" has ${count(index.classes.length)}.`,
    );
  for (const [half, classes] of spec.kind === 'whole' ? [] : Object.entries(halves))
    if (classes.length < LEAST_CLASSES)
      throw usageError(
        `Half ${half.toUpperCase()} of the split has ${count(classes.length)}, but each half needs at least ${LEAST_CLASSES}; image set "${index.name}" has ${count(index.classes.length)}. Choose a set or a split with more classes.`,
      );
  return halves;
}

function draw(index: SplitSource, spec: SplitSpec, seed: number): Split {
  switch (spec.kind) {
    case 'random':
      return randomHalves(index, spec.classes, seed);
    case 'groups': {
      const a = classesOfGroups(index, spec.a);
      const b = classesOfGroups(index, spec.b);
      refuseOverlap('Group', spec.a, spec.b);
      const kept = spec.unequal ? Infinity : Math.min(a.length, b.length);
      return { a: drawSome(index, a, kept, seed, 'A'), b: drawSome(index, b, kept, seed, 'B') };
    }
    case 'whole':
      refuseUnknown(index, 'class', spec.classes ?? [], index.classes);
      return { a: [], b: spec.classes ? inOrder(index, spec.classes) : index.classes };
    case 'lists': {
      refuseUnknown(index, 'class', [...spec.a, ...spec.b], index.classes);
      refuseOverlap('Class', spec.a, spec.b);
      return { a: inOrder(index, spec.a), b: inOrder(index, spec.b) };
    }
  }
}

function randomHalves(index: SplitSource, wanted: number | undefined, seed: number): Split {
  const available = index.classes.length;
  if (wanted !== undefined && wanted > available)
    throw usageError(
      `The split asks for ${count(wanted)}, but image set "${index.name}" has ${available}; ask for fewer.`,
    );
  const half = Math.floor((wanted ?? available) / 2);
  const shuffled = new RandomStream(seed, 'split').shuffle([...index.classes]);
  return { a: inOrder(index, shuffled.slice(0, half)), b: inOrder(index, shuffled.slice(half, 2 * half)) };
}

function classesOfGroups(index: SplitSource, groups: readonly string[]): string[] {
  const known = [...new Set(index.classes.flatMap((name) => groupOf(index, name) ?? []))];
  if (known.length === 0)
    throw usageError(
      `Image set "${index.name}" has no groups; give its classes some on the screen Data, put a groups.json (class name to group name) beside the class folders and import it again, or choose another split.`,
    );
  refuseUnknown(index, 'group', groups, known);
  const wanted = new Set(groups);
  return index.classes.filter((name) => wanted.has(groupOf(index, name) ?? ''));
}

function groupOf(index: SplitSource, name: string): string | undefined {
  return Object.hasOwn(index.groups, name) ? index.groups[name] : undefined;
}

function drawSome(index: SplitSource, classes: string[], kept: number, seed: number, half: string): string[] {
  if (classes.length <= kept) return classes;
  return inOrder(index, new RandomStream(seed, 'split', half).shuffle([...classes]).slice(0, kept));
}

function inOrder(index: SplitSource, classes: readonly string[]): string[] {
  const chosen = new Set(classes);
  return index.classes.filter((name) => chosen.has(name));
}

function refuseUnknown(
  index: SplitSource,
  what: 'class' | 'group',
  names: readonly string[],
  known: readonly string[],
): void {
  const existing = new Set(known);
  const unknown = names.find((name) => !existing.has(name));
  if (unknown === undefined) return;
  const shown = known.slice(0, 10).join(', ');
  const more = known.length > 10 ? ` and ${known.length - 10} more` : '';
  throw usageError(`Image set "${index.name}" has no ${what} "${unknown}"; it has ${shown}${more}.`);
}

function refuseOverlap(what: 'Class' | 'Group', a: readonly string[], b: readonly string[]): void {
  const shared = sharedName(a, b);
  if (shared !== undefined)
    throw usageError(`${what} "${shared}" is in both halves of the split; take it out of one of them.`);
}

/** The first name of `a` that is also in `b`. */
export function sharedName(a: readonly string[], b: readonly string[]): string | undefined {
  const inB = new Set(b);
  return a.find((name) => inB.has(name));
}

const count = (classes: number): string => `${classes} ${classes === 1 ? 'class' : 'classes'}`;
const usageError = (message: string): UserError => new UserError(message, { usage: true });

const names = z.array(z.string().min(1)).min(1);
const splitFile = z.strictObject({ a: names, b: names });

/**
 * Reads the content of a split file, `{ "a": [class names], "b": [class names] }`, given as text or as parsed JSON.
 * `where` names the file in errors. Throws a UserError if it holds something else.
 */
export function parseSplitFile(content: unknown, where: string): SplitSpec {
  const result = splitFile.safeParse(typeof content === 'string' ? parseJson(content, where) : content);
  if (!result.success) {
    const { path, message } = result.error.issues[0];
    const place = path.length ? `at ${path.join('.')}: ` : '';
    throw usageError(`Split file ${where} must hold {"a": [class names], "b": [class names]}; ${place}${message}.`);
  }
  return { kind: 'lists', ...result.data };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // Node's message quotes what is wrong, whatever it is.
    throw usageError(`Split file ${where} is not JSON: ${visibleLine(messageOf(error))}.`);
  }
}

/**
 * Reads `random`, `random:20` (20 classes, 10 in each half), `groups:natural/man-made` or `groups:g1,g2/g3`. Throws a
 * UserError for anything else.
 */
export function parseSplitArgument(text: string): SplitSpec {
  const [kind, ...rest] = text.split(':');
  const value = rest.join(':');
  if (text === 'random') return { kind: 'random' };
  if (kind === 'random') {
    if (!/^\d{1,5}$/.test(value) || Number(value) < 2 * LEAST_CLASSES)
      throw usageError(
        `"${text}" is not a split: after "random:" comes how many classes take part, at least ${2 * LEAST_CLASSES}, as in random:20.`,
      );
    return { kind, classes: Number(value) };
  }
  if (kind === 'groups') {
    const halves = value.split('/').map((half) => half.split(',').map((name) => name.trim()));
    if (halves.length !== 2 || halves.flat().includes(''))
      throw usageError(
        `"${text}" is not a split: after "groups:" come the groups of A, a slash and the groups of B, as in groups:natural/man-made or groups:g1,g2/g3.`,
      );
    return { kind, a: halves[0], b: halves[1] };
  }
  throw usageError(
    `"${text}" is not a split; use random, random:20, groups:natural/man-made, or a JSON file {"a": [...], "b": [...]}.`,
  );
}
