import { byteSize, count, counted } from '../../src-main/common/numbers.ts';

/** What is said where a person adds images: on Start and on Data. */
export const additionText = {
  title: 'Add your own images',
  drop: 'Drop your images here',
  dropNow: 'Let go to import',
  layout:
    'A folder with a subfolder of images for each class, or a zip or tar archive of it. A study that was saved as a file opens here too.',
  chooseFolder: 'Choose folder',
  chooseArchive: 'Choose archive',
  options: (size: number) => `Images are stored at ${size} × ${size} pixels. More options`,
  path: 'Path of a folder or archive',
  pathHint: 'On the machine where Transplant runs.',
  import: 'Import',
  size: 'Store images at',
  sizeOption: (size: number) => `${size} × ${size} pixels`,
  sizeHint: (networks: readonly string[]) =>
    networks.length === 0
      ? 'No built-in network reads this size; a network of your own can.'
      : `This size fits ${listed(networks)}.`,
  sizeWords: {
    32: 'Training takes minutes to hours, even without a graphics card.',
    64: 'Training takes about five times as long as at 32 × 32.',
    256: 'This is the size in the paper; training takes days.',
  } as Readonly<Record<number, string>>,
  name: 'Name',
  nameHint: 'If empty: the name of the folder',
  reading: (files: number) => (files === 0 ? 'Reading what was dropped …' : `${counted(files, 'file')} found so far …`),
  stages: {
    finding: (name: string) => `Reading ${name}`,
    sending: (name: string) => `Sending ${name}`,
    looking: (name: string) => `Looking through ${name}`,
    asking: (name: string) => `${name} has something to decide`,
    restoring: (name: string) => `Opening the study ${name.split(/[\\/]/).at(-1)}`,
  },
  looking: 'Nothing is imported before it is known what is in it …',
  asking: 'It is imported when you have answered.',
  checking: 'Checking the file …',
  sent: (sent: number, total: number) => `${byteSize(sent)} of ${byteSize(total)}`,
  noPath:
    'What was dropped is not in a folder yet, so it can’t be read. Save or unpack it first, then drop the folder or choose it here.',
  tooManyAtOnce: (files: number) =>
    `${count(files)} files were dropped at once. Drop the folder that holds your class folders, or one archive.`,
  progress: {
    of: (done: number, total: number | null) =>
      total === null ? `${counted(done, 'image')} so far` : `${count(done)} of ${counted(total, 'image')}`,
    rejected: (rejected: number) => `${counted(rejected, 'file')} left out`,
  },
};

/** `a`, `a and b`, `a, b and c` */
function listed(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(words);
}
