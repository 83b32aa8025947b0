/** What a part of a divided set is for. */
export type Role = 'train' | 'held-out' | 'other';

/** Words for held-out parts, the preferred first: the test part of a published set often has no labels. */
const HELD_OUT = ['val', 'valid', 'validation', 'dev', 'eval', 'evaluation', 'holdout', 'test', 'testing', 'tst'];
const TRAIN = ['train', 'training', 'trn', 'trainval'];
/** Parts that nobody has labelled, or that a contest asks for. */
const OTHER = ['pred', 'predict', 'prediction', 'extra', 'submission'];

/** Words that say nothing about a folder, so that `training_set` is a part and `train_station` a class. */
const FILLERS =
  /^(set|sets|data|dataset|images?|imgs?|pics|pictures|photos|samples?|split|folder|seg|cls|loc|crops?|cropped|digits|resized|jpe?g|png|ilsvrc\d*|raw|original|labell?ed|new|final|all|the|of|my)?\d*$/;

export interface PartName {
  readonly role: Role;
  /** Its word for the part, by which held-out parts are preferred. */
  readonly word: string;
  /** What else its name says, lower case: nothing for `training_set`, `station` for `train_station`. */
  readonly rest: string;
}

/** The part that a folder's or file's name stands for; undefined where no word of it is one. */
export function partName(name: string): PartName | undefined {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  for (const [position, word] of words.entries()) {
    const [, stem] = /^(.*?)(?:set|data|images?|imgs?|pics)?\d*$/.exec(word)!;
    const found = [word, stem].find((one) => roleOf(one) !== undefined);
    if (found === undefined) continue;
    const rest = words.filter((other, place) => place !== position && !FILLERS.test(other)).join(' ');
    return { role: roleOf(found)!, word: found, rest };
  }
  return undefined;
}

function roleOf(word: string): Role | undefined {
  if (TRAIN.includes(word)) return 'train';
  if (HELD_OUT.includes(word)) return 'held-out';
  return OTHER.includes(word) ? 'other' : undefined;
}

/**
 * The parts among folders that stand beside each other. A name with other words in it is one only where another part has
 * the same ones: `birds_train` beside `birds_test`, but not `train_station` beside `test_tube`.
 */
export function partsAmong(names: readonly string[]): Map<string, PartName> {
  const found = names.flatMap((name) => {
    const part = partName(name);
    return part === undefined ? [] : [[name, part] as const];
  });
  return new Map(
    found.filter(
      ([name, { rest, role }]) =>
        rest === '' || found.some(([other, part]) => other !== name && part.rest === rest && part.role !== role),
    ),
  );
}

/** Orders held-out parts, the preferred first. */
export const byPreference = (a: PartName, b: PartName): number => HELD_OUT.indexOf(a.word) - HELD_OUT.indexOf(b.word);

/** Whether folders are pieces of one heap, cut because it was large: `images_part_1` and `images_part_2`. */
export function arePieces(names: readonly string[]): boolean {
  const stems = new Set(names.map((name) => name.replace(/\d+$/, '').toLowerCase()));
  const [stem] = stems;
  return (
    names.length > 1 && stems.size === 1 && /(part|batch|chunk|piece|images?|imgs?|volume|disk|zip)[_\- .]*$/.test(stem)
  );
}
