import { withName, type Cut } from '../../src-main/common/cuts.ts';
import { KEPT_DAYS } from '../../src-main/common/contract/bin.ts';
import type { StudySummary } from '../../src-main/common/contract/studies.ts';
import {
  count,
  counted,
  inPercent,
  moment,
  percent,
  percentDone,
  signed,
  signedRange,
} from '../../src-main/common/numbers.ts';
import { STATE_WORDS } from './live.ts';

/** The Results screen. */
export const resultsText = {
  title: 'Results',
  intro: 'What your studies found: where features stop being general.',
  studies: 'Studies',
  allStudies: (studies: number) => `Studies (${count(studies)})`,
  none: 'No study yet',
  noneIntro: 'A study trains some dozens of networks and shows here, layer by layer, how well features transfer.',
  begin: 'Set up a study',
  loading: 'Reading the results …',
  gone: 'This study is no longer here; it may have been deleted. Choose another one from the list.',

  status: { running: 'Running', stopped: 'Paused', finished: 'Finished', failed: 'Has failures' } satisfies Record<
    StudySummary['status'],
    string
  >,
  state: STATE_WORDS,
  trained: (done: number, all: number) =>
    done === all ? counted(all, 'network') : `${count(done)} of ${counted(all, 'network')}`,
  about: ({ data, network, replicates, status, finished, created }: StudySummary) =>
    `${data.name} · ${network} · ${counted(replicates, 'replicate')} · ${finished ? `finished ${moment(finished)}` : `started ${moment(created)}, ${resultsText.status[status].toLowerCase()}`}`,
  overlay: 'Overlay',
  overlayStudy: (name: string) => `Overlay ${name}`,
  overlayFull: 'At most five studies can be overlaid. Remove one first.',

  runningNotice: (done: number, all: number) =>
    `This study is running: ${done} of ${all} networks are trained. The results below are partial and grow as networks finish.`,
  stoppedNotice: (done: number, all: number) =>
    `This study has not finished: ${done} of ${all} networks are trained. The results below are partial.`,
  failedNotice: (failed: number, skipped: number) =>
    `${counted(failed, 'training')} failed${skipped > 0 ? `, and ${counted(skipped, 'network')} made from ${failed === 1 ? 'it' : 'them'} could not be trained` : ''}. They are gaps in the curves and are left out of every mean.`,
  resume: 'Resume',
  retry: 'Try again',
  watch: 'Watch it live',
  reason: (name: string, replicate: number, reason: string) => `${name}, replicate ${replicate}: ${reason}`,
  noReason: 'no reason was given',

  exportReport: 'Export the report',
  exporting: 'Writing the report',
  exportProgress: (fraction: number, doing: string) => `${percentDone(fraction)}, ${doing}`,
  exportStop: 'Stop',
  exportStopped: 'Stopped. Nothing was written.',
  exportWrite: 'Write the report',
  exportTitle: 'The report',
  exportIntro: 'One page that works offline, the tables as CSV and JSON, and every figure as SVG and PNG.',
  exportLayers: 'Include what excites each layer',
  exportLayersHint: 'of baseA and of a transfer from it; this takes some seconds more',
  exportPage: 'Open the page',
  exportFiles: (files: number) => `All ${counted(files, 'file')}`,
  exported: (files: number, folder: string) => `${counted(files, 'file')} in ${folder}`,
  exportAll: 'Download all as a zip',
  showFolder: 'Show in folder',
  remove: 'Delete',
  removeTitle: (name: string) => `Delete “${name}”?`,
  removeQuestion: `The study, its numbers and its networks are deleted. Networks that other studies use are kept, and so are the images. For ${KEPT_DAYS} days it can be brought back.`,
  keep: 'Keep it',
  chooseAnother: 'Choose another study from the list.',

  answer: 'The answer at a glance',
  headlineCurve: 'Transfers above or below the base',
  extend: (replicates: number, time: string | undefined) =>
    `Run ${counted(replicates, 'more replicate')}${time === undefined ? '' : ` (about ${time})`}`,
  extendHint:
    'The study then has these replicates, too; nothing is trained twice. Until it is clear: replicates are added one at a time until each statement has an answer or is given up, with tests that allow for looking so often.',
  untilClear: 'Go on until it is clear',
  atMost: 'at most',
  hours: (hours: number) => counted(hours, 'hour'),
  busy: 'A study is running: this one waits in the queue then, and goes on when that has ended.',
  sections: 'Sections of this page',
  sectionNames: {
    answer: 'Answer',
    statements: 'Statements',
    figures: 'Figures',
    tables: 'Tables',
    protocol: 'Protocol',
  },
  statementColumns: {
    statement: 'Statement',
    here: 'Here',
    effect: 'Effect (95% interval)',
    paper: 'The paper’s networks',
  },
  inPaper: (section: string) => `Paper, ${section}:`,
  statements: 'The paper’s statements, tested on these networks',
  caveats: 'Limits of these numbers',
  nothingYet: 'No network is trained yet. Curves appear with the first finished ones.',
  target: 'Trained on',
  halves: { A: 'half A', B: 'half B' },

  accuracy: 'Top-1 accuracy for every treatment',
  accuracyCaption: (content: 'dots' | 'single' | 'differences') =>
    `${resultsText.accuracyContents[content]} Choose a point to see the networks behind it.`,
  accuracyContents: {
    dots: 'Like the top of the paper’s Figure 2: means with 95% intervals; small dots are single networks.',
    single: 'Like the top of the paper’s Figure 2: single networks with 95% intervals.',
    differences:
      'Differences from the base in percentage points of top-1 accuracy, paired by replicate, with 95% intervals. Below zero is a loss.',
  },
  random: 'Baseline: random features',
  randomCaption:
    'Like the right of the paper’s Figure 3: the first n layers random and frozen, against the same layers transferred and frozen.',
  overlaid: (studies: number) => `${studies} studies overlaid: colour and marker show the treatment, dashes the study.`,
  effects: 'The effects against n',
  effectsCaption:
    'Differences in percentage points of top-1 accuracy, paired by replicate, with 95% intervals. Below zero is a loss.',
  variants: 'What other treatments change',
  variantsCaption:
    'Treatments that the paper does not have, each against the one that it varies: differences in percentage points of top-1 accuracy, paired by replicate, with 95% intervals.',
  comparison: 'Beside the paper’s networks',
  comparisonCaption:
    'Differences from the base. Colour: this study. Grey and dotted: Yosinski et al. (2014), from the logs that the authors published (ImageNet, random halves of 500 classes). Images and accuracies differ, so compare shapes, not sizes.',
  examples: 'Few target examples',
  examplesAt: (n: string) => `Top-1 accuracy against training images of each target class, n = ${n}`,
  examplesCaption: (rings: boolean) =>
    `Accuracy against training images of each target class: means with 95% intervals. All networks train for the same number of steps. ${rings ? 'A ring marks where training from scratch catches up. ' : ''}The other figures are of networks that trained on all images.`,
  layer: 'Layers',
  withImages: (name: string, images: string) => `${name}, images of each class: ${images}`,
  fromScratch: (value: number, low: number, high: number) =>
    `${signed(value)} points against training from scratch (${signedRange({ low, high })})`,
  show: 'Show',
  measure: 'Values',
  measures: { accuracy: 'Accuracy', difference: 'Difference from base' },
  legend: 'Treatments',
  studyLegend: 'Overlaid studies',
  noneShown: 'No curve is chosen. Switch one on above.',

  save: 'Save',
  svg: 'SVG',
  png: 'PNG',
  csv: 'CSV',
  saveFigure: (kind: string, title: string) => `Save “${title}” as ${kind}`,
  makingPng: 'Making the PNG …',
  background: 'Background',
  backgrounds: { white: 'white', screen: 'as on screen' },

  at: (name: string, n: number, cuts: readonly Cut[]) => (n === 0 ? name : `${name} at n = ${withName(cuts, n)}`),
  ofStudy: (title: string, study: string) => `${title} · ${study}`,
  meanAccuracy: (accuracy: number) => percent(accuracy),
  balanced: (value: number) => `balanced over classes: ${percent(value)}`,
  interval: (low: number, high: number) => `95% interval: ${inPercent(low)} to ${percent(high)}`,
  points: (value: number) => `${signed(value)} points`,
  pointsInterval: (low: number, high: number) => `95% interval: ${signedRange({ low, high })}`,
  networks: (runs: number, replicates: number) => `${counted(runs, 'network')}, ${counted(replicates, 'replicate')}`,
  pairs: (pairs: number, replicates: number) => `${counted(pairs, 'pair')}, ${counted(replicates, 'replicate')}`,
  trainedOf: (trained: number, total: number) => `${count(trained)} of ${count(total)} parameters trained`,
  sampleOnly: 'interval of these networks on such images only',
  oneSplit: 'interval over the seeds of one split; says nothing of other splits',
  single: (name: string, replicate: number) => `${name}, replicate ${replicate + 1}`,
  singleNetwork: 'a single network',
  paper: (name: string, n: number) => `${name} at n = ${n}, the paper`,

  behind: (title: string) => `Behind the number: ${title}`,
  behindColumns: {
    network: 'Network',
    cut: 'Cut after',
    replicate: 'Replicate',
    state: 'State',
    accuracy: 'Top-1',
    trained: 'Trained parameters',
    seeds: 'Seeds',
    steps: 'Steps',
    time: 'Time',
    key: 'Run key',
    look: 'Open',
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
  splits: 'Classes of each half',
  split: (replicate: number, splitSeed: number, trainingSeed: number) =>
    `Replicate ${replicate + 1}: split seed ${splitSeed}, training seed ${trainingSeed}`,
  halfClasses: (half: string, classes: number) => `${half}: ${counted(classes, 'class', 'classes')}`,
};

/** Cheap predictors on the Results screen. */
export const predictorsText = {
  title: 'Cheap predictors',
  intro:
    'LEEP, LogME, H-score, probes and the similarity of both bases’ layers claim to predict how well features will transfer, before anything is trained on the target. Here they are compared with what this study measured.',
  none: 'This study has no transfer (AnB or AnB+) from a base that it trained itself, so there is nothing to predict.',
  work: 'Compute predictors',
  more: (waiting: number) => `Compute ${waiting} more`,
  stop: 'Stop',
  working: 'Computing the cheap predictors',
  takes:
    'This reads the layers of the bases on some thousand images, which takes a minute or two for a small network. No number of the study changes.',
  progress: (fraction: number, doing: string) => `${Math.floor(100 * fraction)}%, ${doing}`,
  stopped: 'Stopped. What was computed is kept.',
  some: (measured: number, transfers: number) => `${measured} of ${transfers} transfers have their predictors so far.`,
  chart: 'Accuracy against each predictor',
  chartCaption: (curve: string, lines: boolean) =>
    `Measured top-1 of ${curve} against each predictor, drawn from its lowest to its highest value. Numbers are n${lines ? '; a line joins the layers of one transfer' : ''}. A good predictor rises from left to right.`,
  curve: { transfer: 'AnB', 'transfer+': 'AnB+' },
  saveTable: (title: string) => `Save “${title}” as CSV`,
  point: (panel: string, n: string, replicate: number) => `${panel}, n = ${n}, replicate ${replicate + 1}`,
  value: (value: number) => `predictor ${value.toPrecision(3).replace('-', '−')}`,
  accuracy: (curve: string, percent: number) => `${curve}: ${percent.toFixed(1)}%`,
};

/** Whether the look of layers goes with what their transfer costs. */
const inHundredths = (value: number): string => value.toFixed(2).replace('-', '−');

export const lookText = {
  title: 'Does the look of a layer tell its transfer?',
  intro:
    'Gabor share, generality, sparsity and orthogonality of each layer of the bases, beside what its transfer costs: AnB − BnB.',
  work: 'Look at the layers',
  working: 'Fitting functions to the kernels of the bases …',
  none: 'There is nothing to compare: it takes AnB and BnB, and the weights of both bases.',
  chart: 'What a layer’s transfer costs, against how it looks',
  chartCaption: (lines: boolean) =>
    `AnB − BnB in points of top-1 against each measure, from its lowest to its highest value. Numbers are n${lines ? '; a line joins the layers of one replicate' : ''}. r: Pearson’s correlation over the layers’ means, with its 95% interval.`,
  across: 'Measure, lowest to highest',
  up: 'AnB − BnB (points)',
  steps: 'The look of layers over training steps, and what their transfer costs',
  stepsCaption:
    'Pearson’s r over layers of a measure at each step of the bases with AnB − BnB at the end, and its 95% interval, as if layers were independent. Gabor share and generality are of layer 1 alone before the end, and so not here.',
  atStep: (measure: string, step: number) => `${measure}, step ${count(step)}`,
  correlation: (r: number, { low, high }: { readonly low: number; readonly high: number }) =>
    `r = ${inHundredths(r)}, 95% interval ${inHundredths(low)} to ${inHundredths(high)}`,
  value: (value: number) => `measure ${value.toPrecision(3).replace('-', '−')}`,
  costs: (points: number) => `AnB − BnB: ${signed(points)} points`,
};

/** The dialog in which a study is saved as one file. */
export const packText = {
  open: 'Save as a file',
  title: 'The study as one file',
  intro:
    'Protocol, results, curves and first-layer filters, without the images. Open it with Transplant on another machine, or drop it on the window there.',
  weights: 'Weights of whole networks',
  choices: { none: 'None', bases: 'Of the base networks', all: 'Of all networks' },
  hints: {
    none: 'All results can be viewed.',
    bases: 'More treatments can be trained from them where the images are. A pretrained network A is included.',
    all: 'Interrupted trainings can be resumed where they stopped.',
  },
};

/** Trained networks and tables as files for other programs. */
export const exportText = {
  save: 'Save',
  saveNetwork: (name: string) => `Save ${name}`,
  title: (name: string) => `Save network ${name}`,
  intro: 'The trained network as a file for other programs, with the names of its classes.',
  format: 'Format',
  formats: { onnx: 'ONNX', safetensors: 'safetensors', md: 'Model card' },
  hints: {
    onnx: 'The whole network, from raw pixels on. It runs wherever ONNX does, and Netron shows it.',
    safetensors: 'The weights under the names of the layers, and the mean image.',
    md: 'A page in Markdown to put beside either: what it is, how it was made, how often it is right.',
  },
  allImages: 'Train it again on all images',
  allImagesHint:
    'The held-out ones, too. This takes about as long as its training did; its accuracy stays that of the network that did not see them.',
  noMean: 'The mean image is missing, because the images are not here.',
  data: 'Data for other programs',
  dataIntro:
    'Every number with its type, one observation a row. The report has these files as well, with every figure and the first-layer filters.',
  rows: (count: string) => `${count} rows`,
  takesSeconds: 'Worked out when you save it, which takes some seconds',
  saveTable: (title: string, format: string) => `Save the data of “${title}” as ${format}`,
  tableFormats: { csv: 'CSV', parquet: 'Parquet' },
};
