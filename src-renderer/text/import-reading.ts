import { count, counted } from '../../src-main/common/numbers.ts';

/** What is said of images before they are imported. */
export const importReadingText = {
  title: (name: string) => `Import ${name.split(/[\\/]/).at(-1)}?`,
  seen: (kind: string, labels: string) => `Read as ${kind}; the classes come from ${labels}.`,
  facts: (classes: number, images: number, given: boolean) =>
    `${counted(classes, 'class', 'classes')}, ${counted(images, 'image')}. ${given ? 'The set says what is held out.' : 'A random fifth of each class will be held out.'}`,
  choices: 'Choices',
  choose: 'Choose …',
  classes: 'Classes',
  more: (classes: number) => `and ${counted(classes, 'more class', 'more classes')}`,
  counts: (train: number | null, heldOut: number | null) =>
    train === null ? '' : heldOut ? `${count(train)} + ${count(heldOut)} held out` : count(train),
  tree: 'Folders',
  others: (folders: number) => `${counted(folders, 'more folder')}`,
  files: (files: number) => counted(files, 'file'),
  /** What becomes of the files of a folder. */
  become: ({ train, heldOut, leftOut }: { train: number; heldOut: number; leftOut: number }) =>
    [
      train > 0 ? counted(train, 'image') : '',
      heldOut > 0 ? `${count(heldOut)} held out` : '',
      leftOut > 0 ? `${count(leftOut)} left out` : '',
    ]
      .filter(Boolean)
      .join(', '),
  leftOut: (places: number) => `${counted(places, 'file or folder is', 'files or folders are')} left out`,
  why: (files: number, reason: string) => (/^\d/.test(reason) ? reason : `${counted(files, 'file')}: ${reason}`),
  pictures: (name: string) => `Images of ${name}`,
  apply: 'Read again',
  reading: 'Reading …',
  import: 'Import',
  cancel: 'Don’t import',
};
