import { KEPT_DAYS } from '../../src-main/common/contract/bin.ts';
import { count, counted, imageRate, moment, timeLeft } from '../../src-main/common/numbers.ts';

const images = (value: number): string => counted(value, 'image');

/** Everything that the Data screen says. */
export const dataText = {
  title: 'Images',
  lead: 'Choose the images to study: the built-in ones, or your own.',
  loading: 'Loading …',

  arriving: 'Imports under way',
  cancel: 'Cancel',
  stopping: 'Stopping …',
  importing: (name: string) => `Importing ${name}`,
  making: 'Making the built-in images',
  cancelled: (name: string) => `The import of ${name} was cancelled. Nothing of it was kept.`,
  failed: (name: string) => `${name} was not imported.`,
  imported: (name: string) => `${name} is imported.`,
  made: 'The built-in images are made.',
  known: (name: string) => `The images of ${name} are here already, so nothing was added.`,
  leftOut: (rejected: number, duplicates: number) =>
    [
      rejected > 0 ? `${counted(rejected, 'file')} could not be used.` : '',
      duplicates > 0 ? `${counted(duplicates, 'duplicate was', 'duplicates were')} left out.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  look: 'Show them',
  dismiss: 'Dismiss',

  sets: 'Image sets',
  deadLeaves: 'Dead leaves',
  deadLeavesKind: 'Built in',
  deadLeavesShort: '20 classes, made on this machine',
  setShort: (classes: number, total: number, size: number) =>
    `${counted(classes, 'class', 'classes')}, ${images(total)}, ${size} × ${size}`,
  chosenForStudy: 'Chosen for the study',

  use: 'Use these images',
  deadLeavesLong:
    'Generated pictures with the statistics of natural ones: shapes of all sizes that cover one another. A class is a ' +
    'shape with a texture, such as striped squares. They need no download, and show within minutes how the program works.',
  deadLeavesLater: 'A study makes them when it needs them, which takes seconds. To see some now, make them here.',
  makeDeadLeaves: 'Make some now',

  facts: (set: { classes: number; trainImages: number; heldOutImages: number; size: number }) =>
    `${counted(set.classes, 'class', 'classes')}, ${count(set.trainImages)} images to train on and ` +
    `${count(set.heldOutImages)} held out, ${set.size} × ${set.size} pixels.`,
  heldOutHow: {
    given: 'The set itself says which images are held out.',
    drawn: 'A random fifth of each class is held out.',
  },
  duplicates: (value: number) =>
    `${counted(value, 'duplicate was', 'duplicates were')} left out, so that no image is in both parts.`,
  origin: (created: string, source: string) => `Imported from ${source} on ${moment(created)}`,
  originMade: (created: string) => `Made on ${moment(created)}`,
  groups: 'Groups',
  group: (name: string, classes: number) => `${name}: ${counted(classes, 'class', 'classes')}`,

  remove: 'Delete',
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: (total: number) =>
    `${images(total)} will be deleted. For ${KEPT_DAYS} days they can be brought back. The folder or archive that they came from stays as it is.`,
  removeStudies: (studies: number) =>
    `${counted(studies, 'study uses', 'studies use')} these images. Delete ${studies === 1 ? 'it' : 'them'} first.`,
  keep: 'Keep',
  chooseAnother: 'Choose other images from the list.',

  classes: 'Classes',
  searchClasses: 'Search classes',
  order: 'Order of the classes',
  orders: { name: 'By name', most: 'Most images first', fewest: 'Fewest images first' },
  classesShown: (shown: number, all: number) =>
    shown === all ? counted(all, 'class', 'classes') : `${count(shown)} of ${counted(all, 'class', 'classes')}`,
  allClasses: 'Show all classes',
  noClass: (search: string) => `No class has “${search}” in its name.`,
  training: 'to train on',
  heldOut: 'held out',
  spread: ({ smallest, largest }: { smallest: number; largest: number }) =>
    smallest === largest
      ? `Every class has ${images(smallest)} to train on.`
      : largest > 2 * smallest
        ? `The classes are uneven: they have ${count(smallest)} to ${images(largest)} to train on. To use equally many of each, set “Images per class” on Study.`
        : `Each class has ${count(smallest)} to ${images(largest)} to train on.`,

  wallTitle: (className: string | null) => className ?? 'All images',
  keys: 'Arrow keys move, Enter shows one large.',
  wall: (className: string | null): string =>
    `${className === null ? 'All images' : `Images of ${className}`}. ${dataText.keys}`,
  wallHint: 'Held-out images have a marked corner. Click an image to enlarge it.',
  imageAt: (position: number, total: number) => `Image ${count(position + 1)} of ${count(total)}`,
  image: (position: number, total: number, className: string, heldOut: boolean) =>
    `Image ${count(position + 1)} of ${count(total)}: ${className}, ${heldOut ? 'held out' : 'to train on'}`,
  largeDescription: (image: number, heldOut: boolean, group: string | null) =>
    `${group === null ? '' : `Group ${group}. `}${heldOut ? 'Held out' : 'To train on'}. Number ${count(image)} in its set.`,
  largeLabel: (className: string) => `Image of ${className}`,
  previous: 'Previous',
  next: 'Next',

  rejected: (value: number) => `${counted(value, 'file')} could not be used`,
  rejectedFirst: (listed: number, all: number) => `The first ${count(listed)} of ${count(all)} are listed.`,
  reason: (reason: string, files: number) => `${count(files)} × ${reason}`,
  progress: (perSecond: number | null, secondsLeft: number | null) =>
    [perSecond === null ? '' : imageRate(perSecond), secondsLeft === null ? '' : timeLeft(secondsLeft)]
      .filter(Boolean)
      .join(', '),
};
