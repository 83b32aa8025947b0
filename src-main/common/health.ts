import { z } from 'zod';
import { count, counted, percent } from './numbers.ts';

/** Correlation of the pixels of two images that are nearly equal, at least (data/health/near.ts). */
export const LEAST_LIKENESS = 0.94;
/** Of the 64 bits of their perceptual hashes, those that may differ. */
export const MOST_BITS = 7;

/** Training images below which a class teaches a network hardly anything. */
const FEW = 10;
/** Times that the largest class has as many training images as the smallest, from which classes are uneven. */
const UNEVEN = 2;
/** Levels of 255 by which a class must be brighter or darker than all, and times the spread of its own images. */
const BRIGHTER = { levels: 20, spreads: 2 };
/** Times that the files of a class are smaller or larger than those of others. */
const SIZES = 2;

/** What is measured of the images of a set; data/health/health.ts stores it beside them. */
export const setHealthSchema = z.object({
  version: z.literal(1),
  /** Images that were compared, and those that show too little for it. */
  compared: z.int(),
  plain: z.int(),
  /** Whether all pairs were found; a set of drawings may have too many. */
  complete: z.boolean(),
  /** Pairs of nearly equal images, and of these, pairs of different classes. */
  pairs: z.int(),
  acrossClasses: z.int(),
  /** Held-out images that nearly equal a training image, and these training images, by number. */
  leakedHeldOut: z.int(),
  leaking: z.array(z.int()),
  /** Some of the pairs: first those of different parts, then of different classes. */
  shown: z.array(z.object({ first: z.int(), second: z.int(), mirrored: z.boolean(), likeness: z.number() })),
  /** Mean grey value of the images of each class, 0 to 255, and the standard deviation between images. */
  brightness: z.array(z.object({ mean: z.number(), deviation: z.number() })),
});
export type SetHealth = z.infer<typeof setHealthSchema>;

/** What is known of a set by its index. */
export interface SetFacts {
  readonly classes: readonly { readonly name: string; readonly train: number; readonly heldOut: number }[];
  readonly duplicates: number;
  readonly copies?: {
    readonly parts: number;
    readonly classes: number;
    readonly named?: readonly { readonly file: string; readonly of: string }[];
  } | null;
  readonly sides?: readonly (number | null)[] | null;
  readonly flaws: number;
}

/** Something about a set that a result depends on. */
export interface Finding {
  readonly id: 'leak' | 'copies' | 'labels' | 'names' | 'twice' | 'few' | 'uneven' | 'brightness' | 'sides' | 'flaws';
  /** Whether results would be wrong or useless with it. */
  readonly serious: boolean;
  readonly what: string;
  /** What a person can do about it. */
  readonly todo?: string;
}

/** How nearly equal is nearly equal, in a sentence. */
export const NEARLY_EQUAL =
  `Two images are nearly equal if at most ${MOST_BITS} of the 64 bits of their perceptual hashes (DCT) differ, as they are or mirrored, ` +
  `and their pixels at 16 x 16 correlate by ${LEAST_LIKENESS} or more. Of drawings and digits, different ones can be as alike as that.`;

/** The sentence about held-out images that are among the training images; undefined if there are none. */
export function leakSentence(
  { leakedHeldOut, complete }: Pick<SetHealth, 'leakedHeldOut' | 'complete'>,
  heldOut: number,
): string | undefined {
  if (leakedHeldOut === 0) return undefined;
  return `${count(leakedHeldOut)}${complete ? '' : ' or more'} of ${counted(heldOut, 'held-out image')} (${percent(leakedHeldOut / heldOut)}) nearly ${leakedHeldOut === 1 ? 'equals' : 'equal'} an image that is trained on, so accuracies are flattered by up to as much.`;
}

/** All that is to be said of a set, the most serious first. */
export function findingsOf({ classes, duplicates, copies, sides, flaws }: SetFacts, health: SetHealth): Finding[] {
  const heldOut = classes.reduce((sum, one) => sum + one.heldOut, 0);
  const found: Finding[] = [];
  const leak = leakSentence(health, heldOut);
  const more = health.complete ? '' : ' or more';
  if (leak !== undefined) {
    const images = counted(health.leaking.length, 'training image');
    found.push({
      ...{ id: 'leak', serious: true, what: leak },
      todo: `Leave out the ${images} that ${health.leaking.length === 1 ? 'leaks' : 'leak'}: that makes a new set, and this one stays.`,
    });
  }
  if (health.acrossClasses > 0)
    found.push({
      ...{ id: 'labels', serious: true },
      what: `${count(health.acrossClasses)}${more} ${health.acrossClasses === 1 ? 'pair' : 'pairs'} of nearly equal images ${health.acrossClasses === 1 ? 'has' : 'have'} different classes: one of the two labels is wrong, or the classes overlap.`,
      todo: 'Look at the pairs, correct the source and import it again.',
    });
  if (copies && copies.classes > 0)
    found.push({
      ...{ id: 'copies', serious: true },
      what: `${counted(copies.classes, 'image')} stood in more than one class${exampleOf(copies.named)}; ${copies.classes === 1 ? 'it was' : 'each was'} kept in the first of them by name.`,
      todo: 'Decide in the source which class is right, and import it again.',
    });
  const alike = alikeNames(classes);
  if (alike.length > 0)
    found.push({
      ...{ id: 'names', serious: true },
      what: `${alike[0].map((name) => `"${name}"`).join(' and ')} are classes of their own, but differ in capitals, spaces, signs or leading zeros alone${alike.length > 1 ? `; so do ${counted(alike.length - 1, 'other pair')}` : ''}.`,
      todo: 'If they are one class, give them one name: Edit names and groups on Data.',
    });
  const few = classes.filter(({ train }) => train < FEW);
  if (few.length > 0)
    found.push({
      ...{ id: 'few', serious: true },
      what: `${few.length === 1 ? `The class ${few[0].name} has` : `${counted(few.length, 'class', 'classes')}, such as ${few[0].name}, have`} fewer than ${FEW} images to train on, from which a network learns hardly anything.`,
      todo: 'Add images of it, or leave the class out of the split.',
    });
  const trained = classes.map(({ train }) => train);
  const [least, most] = [Math.min(...trained), Math.max(...trained)];
  if (most > UNEVEN * least)
    found.push({
      ...{ id: 'uneven', serious: false },
      what: `Classes are uneven: they have ${count(least)} to ${counted(most, 'training image')}. Guessing the largest class is right more often than one in ${count(classes.length)}.`,
      todo: 'Read balanced accuracies, or train on equally many images of each class (images per class).',
    });
  found.push(...appearances(classes, sides, health.brightness));
  if (copies && copies.parts > 0)
    found.push({
      ...{ id: 'copies', serious: false },
      what: `${counted(copies.parts, 'copy', 'copies')} of images stood in the other part as well; the held-out ones were kept and the others left out.`,
    });
  else if (duplicates > 0)
    found.push({
      ...{ id: 'copies', serious: false },
      what: `${counted(duplicates, 'copy', 'copies')} of images ${duplicates === 1 ? 'was' : 'were'} left out.`,
    });
  const others = health.pairs - health.acrossClasses;
  if (others > 0 && leak === undefined)
    found.push({
      ...{ id: 'twice', serious: false },
      what: `${count(others)}${more} ${others === 1 ? 'pair' : 'pairs'} of nearly equal images ${others === 1 ? 'stands' : 'stand'} in one class and part, and count twice there.`,
    });
  if (flaws > 0)
    found.push({
      ...{ id: 'flaws', serious: false },
      what: `${counted(flaws, 'file')} ${flaws === 1 ? 'is' : 'are'} cut off and ${flaws === 1 ? 'was' : 'were'} taken as far as ${flaws === 1 ? 'it goes' : 'they go'}.`,
      todo: 'Get these files again.',
    });
  return found.sort((a, b) => Number(b.serious) - Number(a.serious));
}

const exampleOf = ([first]: NonNullable<SetFacts['copies']>['named'] = []): string =>
  first === undefined ? '' : `, such as ${first.file}, which is ${first.of}`;

/** Names that are probably one, as `Cat` and `cat`; single letters are not, of which there are sets. */
function alikeNames(classes: SetFacts['classes']): string[][] {
  const simple = (name: string) =>
    name
      .toLowerCase()
      .trim()
      .replace(/(?<=[\p{L}\p{N}])[\s_.-]+(?=[\p{L}\p{N}])/gu, ' ')
      .replace(/(?<!\d)0+(?=\d)/g, '');
  return [...Map.groupBy(classes, ({ name }) => simple(name))]
    .map(([, of]) => of.map(({ name }) => name))
    .filter((names) => names.length > 1 && names.every((name) => name.length > 1 || /\d/.test(name)));
}

/** Classes that can be told by what is not their subject: how bright their images are, or how large their files were. */
function appearances(
  classes: SetFacts['classes'],
  sides: SetFacts['sides'],
  brightness: SetHealth['brightness'],
): Finding[] {
  const middle = median(brightness.map(({ mean }) => mean));
  const strange = classes.filter((_, label) => {
    const { mean, deviation } = brightness[label];
    return Math.abs(mean - middle) > Math.max(BRIGHTER.levels, BRIGHTER.spreads * deviation);
  });
  const found: Finding[] = [];
  if (strange.length > 0)
    found.push({
      ...{ id: 'brightness', serious: false },
      what: `${named(strange)} can be told by brightness alone: its images have ${Math.round(brightness[classes.indexOf(strange[0])].mean)} of 255 on average, those of the others about ${Math.round(middle)}.`,
      todo: 'A network may learn the light and not the subject: see how the images were taken.',
    });
  const known = sides?.filter((side) => side !== null) ?? [];
  const usual = median(known);
  const odd = classes.filter((_, label) => {
    const side = sides?.[label] ?? usual;
    return side * SIZES < usual || side > usual * SIZES;
  });
  if (odd.length > 0)
    found.push({
      ...{ id: 'sides', serious: false },
      what: `The files of ${odd[0].name}${odd.length > 1 ? ` and ${counted(odd.length - 1, 'other class', 'other classes')}` : ''} have another size than others: ${count(sides![classes.indexOf(odd[0])]!)} pixels on the shorter side, where ${count(usual)} are usual.`,
      todo: 'A network may tell them by their sharpness: take all classes from one source, or reduce all to the smallest.',
    });
  return found;
}

const named = (classes: readonly { readonly name: string }[]): string =>
  classes.length === 1
    ? `The class ${classes[0].name}`
    : `${counted(classes.length, 'class', 'classes')}, such as ${classes[0].name},`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Images that networks take for another class (app/answers/suspects.ts). */
export const suspectsSchema = z.object({
  version: z.literal(1),
  /** Keys of the bases that were asked. */
  bases: z.array(z.string()),
  /** Images that they were asked about. */
  among: z.int(),
  /** The most surprising first. */
  suspects: z.array(
    z.object({
      image: z.int(),
      /** Its file in what was imported, where that is kept. */
      file: z.string().optional(),
      class: z.string(),
      heldOut: z.boolean(),
      /** The class that the base takes it for, and by which probability. */
      takenFor: z.string(),
      probability: z.number(),
      /** -log of the probability of its own class. */
      loss: z.number(),
    }),
  ),
});
export type Suspects = z.infer<typeof suspectsSchema>;
export type Suspect = Suspects['suspects'][number];

/** What is said above a list of them. */
export function suspectsSentence({ among, suspects, bases }: Suspects): string {
  const asked = `${bases.length === 1 ? 'The base' : 'The bases'} of the newest study, asked about ${counted(among, 'image')},`;
  if (suspects.length === 0) return `${asked} ${bases.length === 1 ? 'takes' : 'take'} none for another class.`;
  return `${asked} ${bases.length === 1 ? 'is' : 'are'} most surprised by the labels of these. Some are wrong labels, others only hard: look at them, correct the source and import it again.`;
}
