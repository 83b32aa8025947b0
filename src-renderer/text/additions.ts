import { byteSize, count, counted } from '../../src-main/common/numbers.ts';

/** What is said where a person adds images: on Start and on Data. */
export const additionText = {
  title: 'Add your own images',
  drop: 'Drop your images here',
  dropNow: 'Let go to import',
  layout:
    'A folder with a folder of images for each class, or a zip or tar of that. Or a study that was saved as a file.',
  chooseFolder: 'Choose folder',
  chooseArchive: 'Choose archive',
  options: (size: number) => `Stored at ${size} × ${size}. More options`,
  path: 'Path of a folder or archive',
  pathHint: 'On the machine where Transplant runs.',
  import: 'Import',
  size: 'Store images at',
  sizeOption: (size: number) => `${size} × ${size} pixels`,
  sizeHint: (networks: readonly string[]) =>
    networks.length === 0
      ? 'For a network of your own: no built-in network reads this size.'
      : `For ${listed(networks)}.`,
  sizeWords: {
    32: 'Trains in minutes to hours, also without a graphics card.',
    64: 'About five times the work of 32 × 32.',
    256: 'The size in the paper; training takes days.',
  } as Readonly<Record<number, string>>,
  name: 'Name',
  nameHint: 'Empty: the name of the folder.',
  reading: (files: number) =>
    files === 0 ? 'Looking at what was dropped …' : `Found ${counted(files, 'file')} so far …`,
  restoring: (name: string) => `Opening the study ${name.split(/[\\/]/).at(-1)}`,
  checking: 'Checking all that is in the file …',
  sending: (name: string) => `Sending ${name}`,
  sent: (sent: number, total: number) => `${byteSize(sent)} of ${byteSize(total)}`,
  noPath:
    'What was dropped is not in a folder yet, so it can’t be read. Save or unpack it first, then drop the folder or choose it here.',
  tooManyAtOnce: (files: number) =>
    `${count(files)} files were dropped at once. Drop the folder that holds your class folders, or one archive.`,
  progress: {
    of: (done: number, total: number | null) =>
      total === null ? `${counted(done, 'image')} so far` : `${count(done)} of ${counted(total, 'image')}`,
    rejected: (rejected: number) => `${count(rejected)} left out`,
  },
};

/** `a`, `a and b`, `a, b and c` */
function listed(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);
}
