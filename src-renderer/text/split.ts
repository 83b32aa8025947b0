import { count, counted } from '../../src-main/common/numbers.ts';

const PLACE = { A: 'A', B: 'B', out: 'left out' };
const listed = (names: readonly string[]) =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

export const splitText = {
  title: 'Split the classes',
  intro: 'One network learns the classes of A, another those of B. How well do the layers of one serve the other?',
  whole: 'All classes are the target, because the features come from elsewhere: nothing has to be split.',
  halves: 'Use half of the classes',
  next: 'Continue',
  noImages: 'Choose images first. Their classes are then split into two halves.',
  chooseImages: 'Choose images',
  loading: 'Reading the classes …',

  how: 'How to split',
  kinds: { random: 'Random halves', groups: 'By group', lists: 'By hand' },
  hints: {
    random: 'Random halves differ little. This is the main experiment of the paper.',
    groups: 'The “dissimilar” split of the paper (section 4.2): what A learns should help B less.',
    lists: 'Drag classes between the columns, or select them and press A, B or O.',
  },
  noGroups: 'These images have no groups. Put a groups.json beside the class folders and import them again.',
  replicatesRandom: (seed: number) =>
    `Each further replicate of a study draws its own halves: seeds ${seed + 1}, ${seed + 2} and so on.`,
  replicatesGroups: 'Every replicate has these groups; which classes are left out to make them equal is drawn anew.',
  replicatesLists: 'All replicates of a study have these halves.',

  seed: 'Seed',
  roll: 'Draw other halves',
  classes: 'Number of classes',
  allClasses: (total: number) => `All ${count(total)}`,
  group: 'Group',
  sides: { A: 'A', B: 'B', none: 'Neither' },
  sideOf: (group: string) => `Side of ${group}`,
  equal: 'Equal numbers of classes in A and B',
  open: 'Open',
  openLabel: 'Open a split file',
  save: 'Save',
  saveLabel: 'Save this split as a file',
  fileName: 'split.json',
  tooLarge: (file: string) => `${file} is larger than 2 MiB, which no split file is. Choose another file.`,
  opened: (file: string, a: number, b: number) =>
    `The split of ${file} is shown: ${counted(a, 'class', 'classes')} in A, ${count(b)} in B.`,

  balance: 'Balance',
  half: 'Half',
  trainImages: 'Training images',
  heldOutImages: 'Held-out images',
  classesHead: 'Classes',
  notMade: 'made later',
  deadLeaves: 'The built-in images are made when the study begins, equally many of each class.',
  balanced: 'The halves are balanced.',
  imbalance: {
    tooFew: (half: string, classes: number) =>
      `${half} has ${classes === 0 ? 'no class' : 'one class'}. Each half needs at least two: move some to ${half}.`,
    classes: 'A and B have different numbers of classes, so their accuracies can’t be compared directly.',
    images: 'A and B have different numbers of training images, which may blur the comparison.',
    few: (name: string, images: number) =>
      `“${name}” has only ${counted(images, 'training image')}. Leave it out, or expect little of it.`,
  },

  search: 'Search classes',
  found: (shown: number, total: number) => `${count(shown)} of ${counted(total, 'class', 'classes')} shown`,
  selected: (selected: number) =>
    selected === 0 ? 'Nothing selected' : `${counted(selected, 'class', 'classes')} selected`,
  moveTo: { A: 'Move to A', B: 'Move to B', out: 'Leave out' },
  undo: 'Undo',
  redo: 'Redo',
  columns: { A: 'Half A', B: 'Half B', out: 'Left out' },
  list: (place: 'A' | 'B' | 'out', total: number) =>
    `${splitText.columns[place]}, ${counted(total, 'class', 'classes')}`,
  keys: 'Arrow keys move, space selects, shift extends, Ctrl+A selects all. A, B and O move the selection, Ctrl+Z takes a move back.',
  empty: { A: 'Drag classes here', B: 'Drag classes here', out: 'Classes dragged here take no part' },
  nothingFound: 'No class here matches the search',

  moved: (names: readonly string[], to: 'A' | 'B' | 'out') =>
    to === 'out' ? `${listed(names)}: left out.` : `${listed(names)}: moved to ${PLACE[to]}.`,
  undone: 'Undone.',
  redone: 'Redone.',
  drawn: (a: number, b: number) => `New halves: ${counted(a, 'class', 'classes')} in A, ${count(b)} in B.`,
};
