import type { Command } from 'commander';
import type { ImportRequest } from '../../app/application.ts';
import { count, counted, utcDate } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { access } from 'node:fs/promises';
import { parseFilled, parseName, wholeNumber } from '../terminal/parse.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

const DEFAULT_SIZE = 32;
/** The bounds of a network's input size (network/spec.ts). */
const [LEAST_SIZE, MOST_SIZE] = [4, 512];
/** So many of the files that were left out are printed; the set's index has all of them. */
const MOST_NAMED = 10;

/** `transplant data` imports and lists image sets. */
export function addDataCommands(program: Command, surroundings: Surroundings): void {
  const data = program
    .command('data')
    .description('import image sets and list them')
    .addHelpText('after', '\nExamples:\n  transplant data import photos/\n  transplant data list');
  data
    .command('import')
    .description('decode, resize and pack images once, so that every study can read them fast')
    .argument(
      '<path>',
      'a folder of class folders, a zip or tar archive of such, CIFAR-10/100 binary files, or MNIST-style IDX files',
      parseFilled('PATH'),
    )
    .option(
      '--size <n>',
      'rows and columns to store images at; the input size of the network to train',
      wholeNumber('--size', LEAST_SIZE, MOST_SIZE),
      DEFAULT_SIZE,
    )
    .option('--name <text>', "the set's name (default: the file's or folder's)", parseName)
    .addHelpText(
      'after',
      `
Examples:
  transplant data import photos/               a folder with one folder per class
  transplant data import tiny-imagenet.zip --size 64 --name tiny-imagenet
  transplant data import cifar-10-batches-bin/`,
    )
    .action(async (path: string, _options: object, command: Command) => {
      await importData(path, command.optsWithGlobals(), surroundings);
    });
  data
    .command('list')
    .description('list the imported image sets')
    .addHelpText('after', '\nExample:\n  transplant data list')
    .action(async (_options: object, command: Command) => {
      await listData(command.optsWithGlobals(), surroundings);
    });
}

async function importData(
  path: string,
  options: GlobalOptions & { size: number; name?: string },
  surroundings: Surroundings,
): Promise<void> {
  await access(path).catch((error: unknown) => {
    throw new UserError(`Can't read "${path}": ${reasonOf(error)}. Check the path.`, { usage: true });
  });
  const request: ImportRequest = { path, size: options.size, name: options.name };
  const { record, rejects, duplicates } = await working(
    surroundings,
    options,
    async (application, { signal, onImport }) => {
      onImport({ done: 0, rejected: 0 });
      return application.importImages(request, { signal, onImport });
    },
  );
  if (options.json) return printJson(surroundings, { type: 'imported', imageSet: record, rejects, duplicates });
  print(
    surroundings,
    `Imported ${record.name} (${record.id}): ${counted(record.classes, 'class', 'classes')}, ` +
      `${counted(record.trainImages, 'training image')}, ${count(record.heldOutImages)} held out, ${record.size}x${record.size}.`,
  );
  if (duplicates > 0) print(surroundings, `${counted(duplicates, 'duplicate')} left out.`);
  if (rejects.length > 0) print(surroundings, `${counted(rejects.length, 'file')} left out:`);
  for (const { file, reason } of rejects.slice(0, MOST_NAMED)) print(surroundings, `  ${file}: ${reason}`);
  if (rejects.length > MOST_NAMED)
    print(surroundings, `  ... and ${count(rejects.length - MOST_NAMED)} more, listed in the index.json of the set`);
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
