import { byteSize, count, counted, duration, short } from '../../src-main/common/numbers.ts';
import { partsOf, sourceHalf, type Half, type PaperKind, type TreatmentKind } from '../../src-main/study/treatment.ts';
import type { Origin, SourceNames } from '../views/study/origin.ts';
import type { Variant } from '../views/study/variants.ts';

interface Misfit {
  readonly reads: number;
  readonly has: number;
  readonly store: number;
  readonly other: string | undefined;
}
const layers = (first: number, last: number) => (first === last ? `Layer ${first}` : `Layers ${first} to ${last}`);

const PAPER_KINDS: Readonly<Record<PaperKind, { title: string; shows: string }>> = {
  selffer: { title: 'Selffer, frozen', shows: 'Below baseB: fragile co-adaptation' },
  'selffer+': { title: 'Selffer, fine-tuned', shows: 'The control for training twice' },
  transfer: { title: 'Transfer, frozen', shows: 'Below BnB: how specific features are to A' },
  'transfer+': { title: 'Transfer, fine-tuned', shows: 'Above baseB and BnB+: better generalisation' },
  random: { title: 'Random, frozen', shows: 'What features are worth at all' },
};

export const text = {
  title: 'Put the study together',
  intro: 'Choose how much to train and where to cut the network, then run it.',
  noImages: 'Choose images first: the study is made of them.',
  chooseImages: 'Choose images',
  loading: 'Reading presets and networks …',

  run: 'Run the study',
  starting: 'Starting …',
  summary: (trainings: number, time: string | undefined) =>
    `${counted(trainings, 'training')}${time === undefined ? '' : `, about ${time}`}`,
  busy: (name: string) => `“${name}” is under way. This study can be run once that has ended.`,
  watch: 'Watch it',
  finished: 'This study is finished already.',
  seeResults: 'See its results',
  stopped: 'This study is paused: what is trained is kept.',
  goOn: 'Go on',
  failed: 'Some trainings of this study failed; going on tries them again.',

  preset: 'How much',
  presetTimes: 'Times are for the built-in images on two cores; what yours take is measured.',
  presets: {
    smoke: { title: 'Smoke', cost: 'About a minute', what: 'Does it work here? Its numbers mean nothing.' },
    quick: { title: 'Quick', cost: 'Minutes', what: 'One replicate: the shape of the answer.' },
    standard: {
      title: 'Standard',
      cost: 'An hour or two',
      what: 'Three replicates: how sure the answer is.',
    },
    paper: { title: 'Paper', cost: 'Days on a GPU', what: 'The paper’s own network and protocol, in both directions.' },
  },

  network: 'Network',
  chosenNetwork: 'Network of the study',
  networkSummary: (depth: number, parameters: number, inputSize: number) =>
    `${depth} weight layers, ${count(parameters)} parameters, reads ${inputSize} × ${inputSize} pixels`,
  openNetwork: 'Use a JSON file',
  dropNetwork: 'Drop the file of a network here',
  networkTooLarge: (file: string) => `${file} is larger than 1 MiB, which no network file is. Choose another file.`,
  doesNotFit: (network: string, { reads, has, store, other }: Misfit) =>
    `${network} reads ${reads} × ${reads} pixels, and your images have ${has} × ${has}. Import them again at ${store}${other === undefined ? '' : `, or choose ${other}`}.`,
  tooLargeFor: (size: number) => `needs ${size} × ${size} pixels`,
  importAgain: 'To the images',

  picture: (name: string) => `${name}, layer by layer`,
  cuts: 'Where to cut: n, the number of layers that are transplanted',
  cut: (n: number) => `Cut after layer ${n}`,
  cutHint: 'Tick the values of n that the study tries. Arrow keys move along the cuts.',
  allCuts: 'Every n',
  onlyThisCut: (n: number) => `Only n = ${n}`,
  noCuts: 'Choose at least one n: tick a cut between two layers.',
  halfEmpty: (half: Half) => `Half ${half} of the split has no class. Go to Split and move some there.`,
  noTreatments: 'Choose at least one treatment.',
  /** Of a layer, at a glance. */
  parameters: (parameters: number) => short(parameters),
  weights: 'weights',
  input: 'image',
  frozen: 'frozen',
  learns: 'learns',
  origin: (origin: Origin, sources: SourceNames) => (origin === 'random' ? 'random' : `from ${sources[origin]}`),
  letters: { A: 'A', B: 'B', random: 'R' },
  legend: {
    frozen: 'frozen',
    learns: 'learns',
  },
  legendOf: (origin: Origin, sources: SourceNames) =>
    origin === 'random' ? 'random at the start' : `copied from ${sources[origin]}`,
  layer: (name: string, shape: string, origin: string, state: string) => `${name}, ${shape}, ${origin}, ${state}`,
  story(kind: TreatmentKind, name: string, n: number, depth: number, sources: SourceNames): string {
    const source = sourceHalf({ kind, target: 'B' });
    const { frozen, copiedRate, adapterRank, unfrozen } = partsOf(kind);
    const slower = copiedRate === undefined ? '' : ` at ${copiedRate} of the learning rate`;
    const stays = `${n === 1 ? 'stays' : 'stay'} frozen`;
    const rest = `${layers(n + 1, depth)} ${n + 1 === depth ? 'starts' : 'start'} at random.`;
    const one = n === 1;
    const lower =
      source === undefined
        ? `${layers(1, n)} ${one ? 'is' : 'are'} random and ${one ? 'stays' : 'stay'} so.`
        : `${layers(1, n)} ${one ? 'is' : 'are'} copied from ${sources[source]} and ${frozen ? stays : adapterRank !== undefined ? `${stays}, with an adapter of rank ${adapterRank} beside each convolution` : unfrozen ? `${one ? 'begins' : 'begin'} frozen, one more learning with each epoch from the top` : (one ? 'goes on learning' : 'go on learning') + slower}.`;
    return `${name}: ${lower} ${rest} It is trained on B.`;
  },

  treatments: 'Treatments',
  treatmentHint:
    'Each is a network whose first n layers come from somewhere. What two of them differ in shows one effect.',
  look: (name: string) => `Show ${name} in the picture of the network`,
  looking: 'In the picture above',
  kind(kind: TreatmentKind): { title: string; shows: string } {
    const { lower, parent, copiedRate, adapterRank, unfrozen } = partsOf(kind);
    const title = lower === 'selffer' ? 'Selffer' : 'Transfer';
    if (adapterRank !== undefined)
      return {
        title: `${title}, adapters of rank ${adapterRank}`,
        shows: 'What a few weights beside frozen features regain',
      };
    if (unfrozen)
      return {
        title: `${title}, unfrozen from the top`,
        shows: 'Copied layers learn one after the other, the topmost first',
      };
    if (copiedRate === undefined) return PAPER_KINDS[parent];
    return {
      title: `${PAPER_KINDS[parent].title}, copied layers slowly`,
      shows: `Copied layers learn at ${copiedRate} of the rate`,
    };
  },

  moreTreatments: 'More treatments',
  moreTreatmentsHint:
    'Beside the paper’s: other ways to use copied layers. How many parameters each of them trains stands beside its accuracy.',
  variant: 'What becomes of the copied layers',
  variants: {
    adapters: {
      title: 'frozen, with adapters that learn',
      hint: 'Beside each copied convolution, two small ones learn in its place; afterwards they are added to it.',
    },
    slower: {
      title: 'fine-tuned at a lower learning rate',
      hint: 'They change less than the new layers above them.',
    },
    unfrozen: {
      title: 'unfrozen from the top',
      hint: 'Frozen in the first epoch; with each epoch after, the topmost frozen one begins to learn.',
    },
  } satisfies Record<Variant, { title: string; hint: string }>,
  copiedFrom: 'Copied from',
  rank: 'Rank',
  rankHint: 'Channels that an adapter has inside, 1 to 64',
  factor: 'Factor',
  factorHint: 'Of the learning rate, below 1',
  add: (name: string) => `Add ${name}`,
  alreadyThere: 'It is there already.',
  noMoreTreatments: 'A study has 20 treatments at the most.',

  takes: 'What it takes',
  trainings: 'Trainings',
  stored: (stored: number) => `, ${count(stored)} of them there already`,
  time: 'Time',
  disk: 'Disk',
  memory: 'Memory',
  about: (seconds: number) => (seconds === 0 ? 'none' : `about ${duration(seconds, { rough: true })}`),
  of: (needed: number, free: number) => `${byteSize(needed)} of ${byteSize(free)} free`,
  measuring: 'Measuring this machine for a few seconds …',
  how: (how: string) => `From ${how}.`,
  measuredBusy: 'Something else was training meanwhile, so the time is likely too long.',
  diskShort: (needed: number, free: number) =>
    `The study needs ${byteSize(needed)} of disk, and ${byteSize(free)} are free. Make room, or choose fewer trainings.`,
  memoryShort: (needed: number, free: number) =>
    `The trainings need ${byteSize(needed)} of memory at once, and ${byteSize(free)} are free. Close other programs, or choose fewer at once under More settings.`,
  imagesToo: 'The built-in images are made first, which is not counted.',

  more: 'More settings',
  fromPreset: (value: string) => `${value} (preset)`,
  name: 'Name',
  nameHint: 'By itself: images, network and preset',
  seeds: 'Seeds',
  seedsHint: 'Replicates: the whole experiment again with other random numbers',
  splits: 'Splits',
  splitsHint: 'Each split with every seed. Empty: a split of its own for each seed',
  splitsGiven: 'The classes were split by hand, so all replicates have that split',
  bothDirections: 'Both directions',
  bothDirectionsPretrained: 'Not with a pretrained network as A: there is no A to transfer to',
  bothDirectionsHint: 'Also what layers of B are worth on A: twice the trainings',
  imagesPerClass: 'Images per class',
  imagesHint: 'Training images of each class. Empty: all',
  allImages: 'all',
  examples: 'Images per target class',
  examplesHint: 'Also with so few, such as 1, 5, 25: where training from scratch catches up. Empty: all only',
  examplesNone: 'all only',
  examplesWrong: 'Write whole numbers with commas between them, such as 1, 5, 25.',
  epochs: 'Epochs',
  epochsHint: 'Passes over the training images',
  engine: 'Engine',
  engineHint: 'What computes. Automatic is right nearly always',
  engines: {
    auto: 'Automatic',
    onnx: 'ONNX Runtime',
    'onnx-webgpu': 'ONNX Runtime on WebGPU',
    'onnx-cuda': 'ONNX Runtime on CUDA',
    tensorflow: 'TensorFlow.js',
  },
  workers: 'Trainings at once',
  workersHint: (cores: number) => `Empty: one per core, here ${cores}`,
  oneEach: (cores: number) => String(cores),
};
