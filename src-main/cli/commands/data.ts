import type { Command } from 'commander';
import type { ImportRequest } from '../../app/application.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { findingsOf, NEARLY_EQUAL, suspectsSentence } from '../../common/health.ts';
import { count, counted, percent, utcDate } from '../../common/numbers.ts';
import { factsOf } from '../../data/health/health.ts';
import { UserError } from '../../errors.ts';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addDeletingCommands } from './deleting.ts';
import { parseFilled, parseName, wholeNumber } from '../terminal/parse.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

const DEFAULT_SIZE = 32;
/** The bounds of a network's input size (network/spec.ts). */
const [LEAST_SIZE, MOST_SIZE] = [4, 512];
/** So many of the files that were left out are printed; the set's index has all of them. */
const MOST_NAMED = 10;

/** `transplant data` imports, checks, lists, deletes and restores image sets. */
export function addDataCommands(data: Command, surroundings: Surroundings): void {
  data.addHelpText('after', '\nExamples:\n  transplant data import photos/\n  transplant data list');
  data
    .command('import')
    .description('decode, resize and pack images once, so that every study can read them fast')
    .argument(
      '<path>',
      'a folder of class folders or of images with a table of labels, an archive of such, or a published set (CIFAR, MNIST, STL-10, ImageNet ...)',
      parseFilled('PATH'),
    )
    .option(
      '--size <n>',
      'rows and columns to store images at; the input size of the network to train',
      wholeNumber('--size', LEAST_SIZE, MOST_SIZE),
      DEFAULT_SIZE,
    )
    .option('--dry-run', 'show what would be imported and what can be chosen, and import nothing')
    .option('--levels <level>', 'of folders in class folders: outer, inner or both are the classes')
    .option('--train <folder>', 'the part to train on, where its name does not tell')
    .option('--held-out <folder>', 'the part to hold out, or "drawn" for a random fifth')
    .option(
      '--folder <name=role>',
      'what a folder is: train, held-out, class or out (left out); can be repeated',
      (text: string, before: string[] = []) => [...before, parseFolder(text)],
    )
    .option('--labels <source>', 'what gives the classes: folders, names, or the path of a table in the set')
    .option('--label-column <name>', 'the column of the table that has the classes')
    .option('--pattern <text>', 'where the class stands in file names, as in "{class}_#" (# a number, * anything)')
    .option('--names <encoding>', "how a zip's names are written: utf-8, shift_jis, cp437, windows-1252 ...")
    .option('--fit <way>', 'how images become square: crop (the middle), pad (white margins) or squeeze', 'crop')
    .option('--name <text>', "the set's name (default: the file's or folder's)", parseName)
    .addHelpText(
      'after',
      `
Examples:
  transplant data import photos/               a folder with one folder per class
  transplant data import tiny-imagenet.zip --size 64 --name tiny-imagenet
  transplant data import cifar-10-batches-bin/
  transplant data import photos/ --dry-run     only say what is there and how it is read`,
    )
    .action(async (path: string, _options: object, command: Command) => {
      await importData(path, command.optsWithGlobals(), surroundings);
    });
  data
    .command('check')
    .description('compare the images of a set: copies, leaks, labels, classes that can be told by something else')
    .argument('<set>', 'an image set, by id, its beginning, or name', parseFilled('SET'))
    .option('--leave-out-leaks', 'store the set anew without training images that nearly equal a held-out one')
    .option('--labels', 'list images that the bases of the newest study take for another class')
    .addHelpText(
      'after',
      '\nExamples:\n  transplant data check photos\n  transplant data check photos --labels\n  transplant data check photos --leave-out-leaks',
    )
    .action(async (reference: string, _options: object, command: Command) => {
      await checkData(reference, command.optsWithGlobals(), surroundings);
    });
  data
    .command('list')
    .description('list the imported image sets')
    .addHelpText('after', '\nExample:\n  transplant data list')
    .action(async (_options: object, command: Command) => {
      await listData(command.optsWithGlobals(), surroundings);
    });
  addDeletingCommands(data, 'images', surroundings);
}

type ImportOptions = GlobalOptions & {
  size: number;
  name?: string;
  dryRun?: boolean;
  levels?: string;
  train?: string;
  heldOut?: string;
  folder?: string[];
  labels?: string;
  labelColumn?: string;
  pattern?: string;
  names?: string;
  fit: string;
};

/** Reads `NAME=ROLE`. Throws a UserError for anything else. */
function parseFolder(text: string): string {
  if (/^.+=[^=]+$/s.test(text)) return text;
  throw new UserError(`"${text}" is not a folder and its role; write --folder NAME=out, for example.`, { usage: true });
}

/** The choices that options make, by their ids. */
function answersOf({ levels, train, heldOut, folder = [], labels, labelColumn, pattern, names, fit }: ImportOptions) {
  const said = { levels, train, 'held-out': heldOut, labels, 'label-column': labelColumn, pattern, names, fit };
  const answers = Object.entries(said).filter((one): one is [string, string] => one[1] !== undefined);
  for (const text of folder) {
    const at = text.lastIndexOf('=');
    answers.push([`folder:${text.slice(0, at)}`, text.slice(at + 1)]);
  }
  return Object.fromEntries(answers);
}

/** Images with suspicious labels, and pairs of nearly equal images, that are printed; --json has more. */
const MOST_SUSPECTS = 20;
const MOST_PAIRS = 10;

/** Classes and left-out places that are printed; --json has all. */
const MOST_CLASSES = 20;

async function dryRun(
  path: string,
  answers: Record<string, string>,
  options: GlobalOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { reading: found } = await runTask(
    { type: 'read-import', path: resolve(path), answers },
    { signal: surroundings.outputClosed },
  );
  if (options.json) return printJson(surroundings, { type: 'import-reading', ...found });
  const say = (line: string) => print(surroundings, line);
  if (found.problem === null) {
    const parts = found.heldOutGiven ? 'the set says what is held out' : 'a fifth of each class would be held out';
    say(
      `${found.kind}: ${counted(found.classes.length, 'class', 'classes')} from ${found.labels}, ${counted(found.images, 'image')}; ${parts}.`,
    );
    const rows = found.classes
      .slice(0, MOST_CLASSES)
      .map(({ name, train, heldOut }) => [
        name,
        train === null ? '?' : count(train),
        heldOut === null ? '?' : count(heldOut),
      ]);
    say(table(['CLASS', found.heldOutGiven ? 'TRAIN' : 'IMAGES', 'HELD OUT'], rows, [0]));
    if (found.classes.length > MOST_CLASSES) say(`... and ${count(found.classes.length - MOST_CLASSES)} more classes`);
  } else say(found.problem);
  if (found.leftOut.length > 0) say('Left out:');
  for (const { path, files, reason } of found.leftOut.slice(0, MOST_NAMED))
    say(`  ${path}: ${/^\d/.test(reason) || !path.endsWith('/') ? reason : `${counted(files, 'file')}, ${reason}`}`);
  if (found.leftOut.length > MOST_NAMED) say(`  ... and ${count(found.leftOut.length - MOST_NAMED)} more`);
  for (const note of found.notes) say(note);
  if (found.choices.length > 0) say('Choices:');
  for (const { flag, chosen, options, free } of found.choices)
    for (const { value, says } of options)
      say(`  ${flag}${value}${value === chosen ? ' (now)' : ''}: ${says}${free ? ', or another' : ''}`);
  say('Nothing was imported.');
}

async function importData(path: string, options: ImportOptions, surroundings: Surroundings): Promise<void> {
  await access(path).catch((error: unknown) => {
    throw new UserError(`Can't read "${path}": ${reasonOf(error)}. Check the path.`, { usage: true });
  });
  const answers = answersOf(options);
  if (options.dryRun) return dryRun(path, answers, options, surroundings);
  const request: ImportRequest = { path, size: options.size, name: options.name, answers };
  const { record, rejects, duplicates, findings } = await working(
    surroundings,
    options,
    async (application, { signal, onImport }) => {
      onImport({ done: 0, rejected: 0 });
      return application.importImages(request, { signal, onImport });
    },
  );
  if (options.json)
    return printJson(surroundings, { type: 'imported', imageSet: record, rejects, duplicates, findings });
  print(
    surroundings,
    `Imported ${record.name} (${record.id}): ${counted(record.classes, 'class', 'classes')}, ` +
      `${counted(record.trainImages, 'training image')}, ${count(record.heldOutImages)} held out, ${record.size}x${record.size}.`,
  );
  if (duplicates > 0) print(surroundings, `${counted(duplicates, 'duplicate')} left out.`);
  for (const { what } of findings.filter(({ serious, id }) => serious || id === 'flaws'))
    print(surroundings, `! ${what}`);
  if (findings.length > 0) print(surroundings, `More about its images: transplant data check ${record.id}`);
  if (rejects.length > 0) print(surroundings, `${counted(rejects.length, 'file')} left out:`);
  for (const { file, reason } of rejects.slice(0, MOST_NAMED)) print(surroundings, `  ${file}: ${reason}`);
  if (rejects.length > MOST_NAMED)
    print(surroundings, `  ... and ${count(rejects.length - MOST_NAMED)} more, listed in the index.json of the set`);
}

async function checkData(
  reference: string,
  options: GlobalOptions & { leaveOutLeaks?: boolean; labels?: boolean },
  surroundings: Surroundings,
): Promise<void> {
  const say = (line: string) => print(surroundings, line);
  const checked = await reading(surroundings, options, (application) =>
    application.checkImages(reference, surroundings.outputClosed),
  );
  const findings = findingsOf(factsOf(checked.index), checked.health);
  if (options.leaveOutLeaks && checked.health.leaking.length === 0)
    throw new UserError(
      `No training image of ${checked.record.name} nearly equals a held-out one: there is nothing to leave out.`,
    );
  const made = options.leaveOutLeaks
    ? await working(surroundings, options, (application, { signal }) =>
        application.leaveOutLeaks(checked.record.id, signal),
      )
    : undefined;
  const labels = options.labels
    ? await reading(surroundings, options, (application) =>
        application.suspectImages(checked.record.id, surroundings.outputClosed),
      )
    : undefined;
  if (options.json)
    return printJson(surroundings, {
      ...(labels && { labels }),
      ...{ type: 'image-set-health', set: checked.record.id, findings, ...checked.health },
      shown: checked.health.shown.map((pair, at) => ({ ...pair, files: checked.files[at] })),
      ...(made && { madeSet: made }),
    });
  if (findings.length === 0) say(`${checked.record.name}: nothing that a result would suffer from was found.`);
  for (const { what, todo, serious } of findings) {
    say(`${serious ? '!' : '-'} ${what}`);
    if (todo !== undefined) say(`  ${todo}`);
  }
  const copies = (checked.index.copies?.named ?? []).slice(0, MOST_PAIRS).map(({ file, of }) => [file, of]);
  if (copies.length > 0) say(table(['COPY', 'IS'], copies, [0, 1]));
  if (checked.health.pairs > 0) say(NEARLY_EQUAL);
  if (!checked.health.complete) say('There are too many such pairs to find them all.');
  const pairs = checked.health.shown.slice(0, MOST_PAIRS).map(({ first, second, mirrored }, at) => {
    const [one, other] = [first, second].map((image, place) => checked.files[at][place] ?? `image ${image}`);
    return [one, other, mirrored ? 'mirrored' : ''];
  });
  if (pairs.length > 0) say(table(['IMAGE', 'NEARLY EQUALS', ''], pairs, [0, 1, 2]));
  if (checked.health.pairs > pairs.length && pairs.length > 0)
    say(`... and ${counted(checked.health.pairs - pairs.length, 'more pair')}; Data shows their pictures`);
  if (labels) {
    say(suspectsSentence(labels));
    const rows = labels.suspects
      .slice(0, MOST_SUSPECTS)
      .map((one) => [
        one.file ?? `${one.image}`,
        one.class,
        one.takenFor,
        percent(one.probability),
        one.heldOut ? 'held out' : 'trained on',
      ]);
    if (rows.length > 0) say(table(['IMAGE', 'CLASS', 'TAKEN FOR', 'BY', 'PART'], rows, [0, 1, 2, 4]));
  }
  if (made)
    say(
      `Stored ${made.name} (${made.id}): ${counted(made.trainImages, 'training image')}, ${count(made.heldOutImages)} held out.`,
    );
  else if (checked.health.leaking.length > 0)
    say(`To leave them out: transplant data check ${checked.record.id} --leave-out-leaks`);
}

async function listData(options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const sets = await reading(surroundings, options, ({ store }) => store.imageSets());
  if (options.json) {
    for (const set of sets) printJson(surroundings, { type: 'image-set', ...set });
    return;
  }
  if (sets.length === 0) return print(surroundings, 'No image sets yet. Import one: transplant data import PATH');
  const rows = sets.map((set) => [
    set.id,
    set.name,
    `${set.size}x${set.size}`,
    count(set.classes),
    count(set.trainImages),
    count(set.heldOutImages),
    utcDate(set.created),
  ]);
  print(surroundings, table(['ID', 'NAME', 'SIZE', 'CLASSES', 'TRAIN', 'HELD OUT', 'IMPORTED'], rows, [0, 1]));
}
