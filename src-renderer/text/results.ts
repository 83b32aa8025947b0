import type { StudySummary } from '../../src-main/api/contract/studies.ts';
import { count, counted, inPercent, moment, percent, signed, signedRange } from '../../src-main/common/numbers.ts';
import { runStates } from './common.ts';

/** The Results screen. */
export const text = {
  title: 'Results',
  intro: 'What your studies found: where features stop being general.',
  studies: 'Studies',
  none: 'No study yet',
  noneIntro: 'A study trains some dozens of networks and shows here, layer by layer, how well features transfer.',
  begin: 'Set up a study',
  loading: 'Reading the results …',
  gone: 'This study is not here any more: it may have been deleted. Choose another one from the list.',

  status: { running: 'Running', stopped: 'Paused', finished: 'Finished', failed: 'Has failures' } satisfies Record<
    StudySummary['status'],
    string
  >,
  state: runStates,
  trained: (done: number, all: number) =>
    done === all ? counted(all, 'network') : `${count(done)} of ${counted(all, 'network')}`,
  about: ({ data, network, replicates, status, finished, created }: StudySummary) =>
    `${data.name} · ${network} · ${counted(replicates, 'replicate')} · ${finished ? `finished ${moment(finished)}` : `begun ${moment(created)}, ${text.status[status].toLowerCase()}`}`,
  overlay: 'Overlay',
  overlayStudy: (name: string) => `Overlay ${name}`,
  overlayFull: 'Five studies fit over each other: take one away first.',

  runningNotice: (done: number, all: number) =>
    `This study is running: ${done} of ${all} networks are trained. What follows is what there is so far; it grows as networks finish.`,
  stoppedNotice: (done: number, all: number) =>
    `This study has not finished: ${done} of ${all} networks are trained. What follows is what there is so far.`,
  failedNotice: (failed: number, skipped: number) =>
    `${counted(failed, 'training')} failed${skipped > 0 ? `, and ${counted(skipped, 'network')} made from ${failed === 1 ? 'it' : 'them'} could not be trained` : ''}. They leave gaps in the curves and take no part in any mean.`,
  resume: 'Go on',
  retry: 'Try again',
  watch: 'Watch it live',
  reason: (name: string, replicate: number, reason: string) => `${name}, replicate ${replicate}: ${reason}`,
  noReason: 'no reason was given',

  exportReport: 'Export the report',
  exporting: 'Writing the report …',
  exportTitle: 'The report',
  exportIntro: 'One page that needs no network, the tables as CSV and JSON, and every figure as SVG and PNG.',
  exportLayers: 'With what excites the layers',
  exportLayersHint: 'of baseA and of a transfer from it; takes some seconds more',
  exported: (files: number, folder: string) => `${counted(files, 'file')} in ${folder}`,
  exportAll: 'Download all as a zip',
  showFolder: 'Show in folder',
  remove: 'Delete',
  removeTitle: (name: string) => `Delete “${name}”?`,
  removeQuestion:
    'The study, its numbers and its networks are deleted. Networks that other studies use are kept, and so are the images. This can’t be undone.',
  keep: 'Keep it',

  answer: 'The answer at a glance',
  statements: 'What the paper says, and what these networks say of it',
  caveats: 'What the numbers say, and what they don’t',
  nothingYet: 'No network is trained yet: curves appear with the first ones.',
  target: 'Trained on',
  half: (half: string) => `half ${half}`,

  accuracy: 'Top-1 accuracy for every treatment',
  accuracyCaption:
    'As the paper’s Figure 2, top: means with 95% intervals; small dots are single networks. Choose a point to see the networks behind it.',
  random: 'Random, untrained lower layers',
  randomCaption:
    'As the paper’s Figure 3, right: the first n layers random and frozen, against the same layers transferred and frozen.',
  overlaid: (studies: number) =>
    `${studies} studies over each other: colour and filling are the treatment, marker and dashes the study.`,
  effects: 'The effects against n',
  effectsCaption: 'Differences in points of top-1, paired by replicate, with 95% intervals. Below zero is a loss.',
  variants: 'What other treatments change',
  variantsCaption:
    'Treatments that the paper does not have, against those that they vary: differences in points of top-1, paired by replicate, with 95% intervals.',
  comparison: 'Beside the paper’s networks',
  comparisonCaption:
    'Differences from the base: in colour this study, grey and dotted Yosinski et al. (2014) from the logs that the authors published (ImageNet, random halves of 500 classes). Other images and other accuracies: compare shapes, not sizes.',
  examples: 'Few target examples',
  examplesAt: (n: number) => `Top-1 accuracy against training images of each target class, n = ${n}`,
  examplesCaption:
    'Accuracy by training images of each target class: means with 95% intervals. Every network takes as many steps. A ring: from there on training from scratch is no longer behind. Figures above and below are of all images.',
  layer: 'Layers',
  withImages: (name: string, images: string) => `${name}, images of each class: ${images}`,
  fromScratch: (value: number, low: number, high: number) =>
    `${signed(value)} points from scratch (${signedRange({ low, high })})`,
  show: 'Show',
  measure: 'Values',
  measures: { accuracy: 'Accuracy', difference: 'Difference from base' },
  legend: 'Treatments',
  studyLegend: 'Overlaid studies',
  noneShown: 'Nothing is chosen: switch something on above.',

  save: 'Save',
  svg: 'SVG',
  png: 'PNG',
  csv: 'CSV',
  saveFigure: (kind: string, title: string) => `Save “${title}” as ${kind}`,
  background: 'Background',
  backgrounds: { white: 'white', screen: 'as on screen' },

  at: (name: string, n: number) => (n === 0 ? name : `${name} at n = ${n}`),
  ofStudy: (title: string, study: string) => `${title} · ${study}`,
  meanAccuracy: (accuracy: number) => percent(accuracy),
  interval: (low: number, high: number) => `95%: ${inPercent(low)} to ${percent(high)}`,
  points: (value: number) => `${signed(value)} points`,
  pointsInterval: (low: number, high: number) => `95%: ${signedRange({ low, high })}`,
  networks: (runs: number, replicates: number) => `${counted(runs, 'network')}, ${counted(replicates, 'replicate')}`,
  pairs: (pairs: number, replicates: number) => `${counted(pairs, 'pair')}, ${counted(replicates, 'replicate')}`,
  trainedOf: (trained: number, total: number) => `${count(trained)} of ${count(total)} parameters trained`,
  sampleOnly: 'interval of the held-out sample only',
  single: (name: string, replicate: number) => `${name}, replicate ${replicate + 1}`,
  singleNetwork: 'a single network',
  paper: (name: string, n: number) => `${name} at n = ${n}, the paper`,

  behind: (title: string) => `Behind the number: ${title}`,
  behindColumns: {
    network: 'Network',
    replicate: 'Replicate',
    state: 'State',
    accuracy: 'Top-1',
    trained: 'Trained parameters',
    seeds: 'Seeds',
    steps: 'Steps',
    time: 'Time',
    key: 'Run key',
    look: 'Look at it',
  },
  seeds: (split: number, training: number) => `split ${split}, training ${training}`,
  live: 'Training',
  liveOf: (name: string) => `How ${name} learned`,
  filters: 'Filters',
  filtersOf: (name: string) => `First-layer filters of ${name}`,
  copyKey: (name: string) => `Copy the whole key of ${name}`,

  tables: 'Tables',
  everyNetwork: 'Every network',
  everyNetworkCaption:
    'A key is the SHA-256 of everything that decides a network’s numbers: equal keys are one network. Its first 12 digits are shown.',
  saveTable: (title: string) => `Save “${title}” as CSV`,
  protocol: 'Protocol',
  repeat:
    'This command repeats the study; the same data, seeds and software give the same numbers on one kind of machine.',
  methods: 'Methods, ready to paste',
  copyMethods: 'Copy the methods paragraph',
  copy: 'Copy',
  copied: 'Copied',
  splits: 'Classes of each half',
  split: (replicate: number, splitSeed: number, trainingSeed: number) =>
    `Replicate ${replicate + 1}: split seed ${splitSeed}, training seed ${trainingSeed}`,
  halfClasses: (half: string, classes: number) => `${half}: ${counted(classes, 'class', 'classes')}`,
};
