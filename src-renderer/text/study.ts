import {
  MOST_TREATMENTS,
  partsOf,
  sourceHalf,
  TITLES,
  type Half,
  type TreatmentKind,
} from '../../src-main/common/treatments/treatments.ts';
import type { StudyPlan } from '../../src-main/common/contract/studies.ts';
import { byteSize, count, counted, duration, percent } from '../../src-main/common/numbers.ts';
import type { Cut } from '../../src-main/common/cuts.ts';
import { spreadWords } from '../../src-main/common/spread-words.ts';
import type { LayerOrigin } from '../../src-main/common/network-drawing/drawing.ts';
import type { SourceNames } from '../parts/origin.ts';
import { networkText } from './network.ts';

interface Misfit {
  readonly reads: number;
  readonly has: number;
  readonly store: number;
  readonly other: string | undefined;
}
const layers = (first: number, last: number) => (first === last ? `Layer ${first}` : `Layers ${first} to ${last}`);

export const studyText = {
  title: 'Set up the study',
  intro: 'Choose how much to train and where to cut the network, then run it.',
  noImages: 'Choose the images to study first.',
  seeLeaks: 'See them and leave them out',
  chooseImages: 'Choose images',
  loading: 'Reading presets and networks …',

  run: 'Run the study',
  starting: 'Starting …',
  summary: (trainings: number, time: string | undefined) =>
    `${counted(trainings, 'training')}${time === undefined ? '' : `, about ${time}`}`,
  busy: (name: string) => `“${name}” is running. This study can wait in the queue and starts when it has ended.`,
  busySelf: 'This study is running.',
  watch: 'Watch it',
  finished: 'This study is already finished.',
  seeResults: 'See its results',
  stopped: 'This study is paused. What is trained is kept.',
  resume: 'Resume',
  failed: 'Some trainings of this study failed. Resuming tries them again.',

  preset: 'Size of the study',
  presetTimes: 'Times are for the built-in images on two cores. The estimate is for yours, on this machine.',
  presets: {
    smoke: {
      title: 'Smoke test',
      cost: 'About a minute',
      what: 'Checks that everything works here; its numbers mean nothing.',
    },
    quick: { title: 'Quick', cost: 'Minutes', what: 'One replicate: the shape of the answer.' },
    standard: {
      title: 'Standard',
      cost: 'About a day',
      what: 'Nine replicates: finds each effect that is as large as the paper’s in four of five studies, with 2,000 held-out images in half B.',
    },
    paper: { title: 'Paper', cost: 'Days on a GPU', what: 'The paper’s own network and protocol, in both directions.' },
  },

  network: 'Network',
  chosenNetwork: 'Network of the study',
  /** @param depth such as `8 weight layers` */
  networkSummary: (depth: string, parameters: number, inputSize: number) =>
    `${depth}, ${count(parameters)} parameters, reads ${inputSize} × ${inputSize} pixels`,
  openNetwork: 'Use a JSON file',
  dropNetwork: 'Drop the file of a network here',
  networkTooLarge: (file: string) => `${file} is larger than 1 MiB, which no network file is. Choose another file.`,
  doesNotFit: (network: string, { reads, has, store, other }: Misfit) =>
    `${network} reads ${reads} × ${reads} pixels, and your images have ${has} × ${has}. Import them again at ${store}${other === undefined ? '' : `, or choose ${other}`}.`,
  tooLargeFor: (size: number) => `needs ${size} × ${size} pixels`,
  importAgain: 'Go to Data',

  cutHint: 'Tick the values of n that the study tries. Arrow keys move along the cuts.',
  allCuts: 'Every n',
  stageCuts: 'Ends of stages',
  onlyThisCut: (n: number) => `Only n = ${n}`,
  noCuts: 'Choose at least one n: tick a cut between two layers.',
  halfEmpty: (half: Half) => `Half ${half} of the split has no class. Go to Split and move some there.`,
  noTreatments: 'Choose at least one treatment.',
  letters: { A: 'A', B: 'B', random: 'R' },
  legend: {
    frozen: 'frozen',
    learns: 'learns',
  },
  legendOf: (origin: LayerOrigin['origin'], sources: SourceNames) =>
    origin === 'random' ? 'random at the start' : `copied from ${sources[origin]}`,
  story(kind: TreatmentKind, name: string, n: number, cuts: readonly Cut[], sources: SourceNames): string {
    const depth = cuts.length + 1;
    const source = sourceHalf({ kind, target: 'B' });
    const { definition, value } = partsOf(kind);
    const one = n === 1;
    const from = source === undefined ? 'random' : `copied from ${sources[source]}`;
    const lower = `${layers(1, n)}${networkText.upTo(cuts, n)} ${one ? 'is' : 'are'} ${from} and ${definition.words.becomes(value, one)}.`;
    const rest = `${layers(n + 1, depth)} ${n + 1 === depth ? 'starts' : 'start'} at random.`;
    return `${name}: ${lower} ${rest} It is trained on B.`;
  },

  treatments: 'Treatments',
  treatmentHint:
    'Each is a network whose first n layers are copied from a base, or random. The difference between two of them shows one effect.',
  look: (name: string) => `Show ${name} in the picture of the network`,
  kind(kind: TreatmentKind): { title: string; shows: string } {
    const { definition, lower, value } = partsOf(kind);
    return definition.words.card({ title: TITLES[lower], lower, value });
  },

  moreTreatments: 'More treatments',
  moreTreatmentsHint:
    'Beside the paper’s: other ways to use copied layers. How many parameters each of them trains stands beside its accuracy.',
  variant: 'What becomes of the copied layers',
  copiedFrom: 'Copied from',
  add: (name: string) => `Add ${name}`,
  alreadyThere: 'It is there already.',
  noMoreTreatments: `A study has ${MOST_TREATMENTS} treatments at the most.`,

  takes: 'Estimate',
  trainings: 'Trainings',
  stored: (stored: number) => `, ${count(stored)} of them already trained`,
  time: 'Time',
  shows: 'Can show',
  resolution: ({ points, images, replicates, boost, spreadOf }: StudyPlan['resolution']): string =>
    `differences above ±${points.toFixed(points < 10 ? 1 : 0)} points${replicates === 1 ? ', of these networks only' : ''} (${counted(images, 'held-out image')}, ${counted(replicates, 'replicate')})${boost === null ? '' : `; a boost as large as the paper’s in about ${percent(boost, 0)} of such studies`}${replicates === 1 ? '' : `; ${spreadWords(spreadOf)}`}`,
  disk: 'Disk',
  memory: 'Memory',
  about: (seconds: number) => (seconds === 0 ? 'none' : `about ${duration(seconds, { rough: true })}`),
  of: (needed: number, free: number) => `${byteSize(needed)} of ${byteSize(free)} free`,
  measuring: 'Measuring this machine for a few seconds …',
  how: (how: string) => `Estimated from ${how}.`,
  measuredBusy: 'Something else was training meanwhile, so the time is probably overestimated.',
  diskShort: (needed: number, free: number) =>
    `The study needs ${byteSize(needed)} of disk, and ${byteSize(free)} are free. Make room, or choose fewer trainings.`,
  memoryShort: (needed: number, free: number) =>
    `The trainings need ${byteSize(needed)} of memory at once, and ${byteSize(free)} are free. Close other programs, or choose fewer at once under More settings.`,
  imagesToo: 'Making the built-in images first is not included.',

  more: 'More settings',
  fromPreset: (value: string) => `${value} (preset)`,
  name: 'Name',
  nameHint: 'If empty: images, network and preset',
  seeds: 'Seeds',
  seedsHint: 'Replicates: each repeats the whole experiment with other random numbers',
  splits: 'Splits',
  splitsHint: 'Each split is run with every seed. If empty: a split of its own for each seed',
  splitsGiven: 'The classes are split by hand, so all replicates have that split',
  splitsWhole: 'All classes are the target, so there is nothing to split',
  bothDirections: 'Both directions',
  bothDirectionsPretrained: 'Not with features from elsewhere: there is no half A to transfer to',
  bothDirectionsHint: 'Also transfer from B to A, which doubles the trainings',
  imagesPerClass: 'Images per class',
  imagesHint: 'Training images of each class. If empty: all',
  allImages: 'all',
  examples: 'Images per target class',
  examplesHint:
    'Also train with so few, such as 1, 5, 25, to see where training from scratch catches up. If empty: all only',
  examplesNone: 'all only',
  examplesWrong: 'Write whole numbers with commas between them, such as 1, 5, 25.',
  epochs: 'Epochs',
  epochsHint: 'Passes over the training images',
  engine: 'Engine',
  engineHint: 'What computes the trainings. Automatic is nearly always right',
  engines: {
    auto: 'Automatic',
    onnx: 'ONNX Runtime',
    'onnx-webgpu': 'ONNX Runtime on WebGPU',
    'onnx-cuda': 'ONNX Runtime on CUDA',
    tensorflow: 'TensorFlow.js',
  },
  workers: 'Trainings at once',
  where: 'Trained on',
  whereHint: 'A cluster trains on its nodes, to the same numbers. It is described on Engine',
  here: 'this machine',
  onCluster: 'what the cluster needs',
  workersHint: (cores: number, set: number | null) =>
    set === null ? `If empty: one per core, here ${cores}` : `If empty: ${set}, as in Settings`,
};

/** A pretrained network in the place of baseA, on Study. */
export const pretrainedText = {
  title: 'A pretrained network as A',
  intro:
    'AnB copies its layers from baseA, which is trained on half A. A network that was trained elsewhere can take its place: drop or choose an ONNX or safetensors file. Only weights and biases are taken; strides, padding and the scaling of pixels are the study’s.',
  dropNow: 'Let go to read it',
  choose: 'Choose file',
  chooseAnother: 'Choose another file',
  remove: 'Remove',
  stop: 'Stop',
  sending: (name: string) => `Sending ${name}`,
  sent: (sent: number, total: number) => `${byteSize(sent)} of ${byteSize(total)}`,
  reading: (name: string) => `Reading ${name}`,
  fits: (network: string, layers: readonly string[]) =>
    layers.length === 1
      ? `Its first layer fits ${network}: ${layers[0]}. So n is 1.`
      : `Its first ${layers.length} layers fit ${network}: ${layers[0]} to ${layers.at(-1)}. So n goes from 1 to ${layers.length}.`,
  gives: (curves: readonly string[]) =>
    `${new Intl.ListFormat('en-GB').format(curves)} ${curves.length === 1 ? 'copies' : 'copy'} from it. baseA is not trained; baseB and what else is chosen stay as they are.`,
  unused: 'No chosen treatment copies from A, so the file is not used. Choose AnB or AnB+ below.',
  tooLarge: (name: string, size: number) =>
    `The pretrained file ${name} can’t be used: it has ${byteSize(size)}, and 2 GiB is the most. Choose another file, or leave it out.`,
  noPath:
    'What was dropped is not in a folder yet, so it can’t be read. Save it first, then drop it or choose it here.',
};
