import { count, counted, percent } from '../../src-main/common/numbers.ts';

const whole = (fraction: number): string => percent(fraction, 0);

/** The texts of Layers, and of the images that excite a unit, which Filters shows too. */
export const layersText = {
  exciting: 'Images that excite it most',
  excitingHint: (among: number, framed: boolean) =>
    `The best of ${count(among)} images of the study’s classes, strongest response first.${framed ? ' The frame is the receptive field where the unit responds most.' : ''}`,
  excitingWait: 'Searching the images …',
  excitingImage: (name: string, heldOut: boolean, place: number, response: number) =>
    `Number ${place + 1}: ${name}${heldOut ? ', held out' : ''}; response ${response.toPrecision(3)}`,

  title: 'Layers',
  intro:
    'What excites the units of each layer, from the first to the last. Beside the accuracy curve, it shows where they become specific.',
  noneText: 'Layers can be shown once a network has trained for a while. Run a study first.',
  loading: 'Reading the network …',
  network: 'Network',
  searching: 'Searching the images for those that excite the units most',

  layers: 'Layers',
  layer: (n: number, name: string) => `Layer ${n}, ${name}`,
  units: (type: 'conv' | 'dense', units: number) => counted(units, type === 'conv' ? 'filter' : 'unit'),
  sees: (window: number, input: boolean) =>
    input ? 'receptive field: the whole image' : `receptive field ${window} × ${window}`,
  origin: {
    learned: () => 'learned here',
    'fine-tuned': (source?: string) => `copied from ${source}, then fine-tuned`,
    adapted: (source?: string) => `copied from ${source}, with adapters`,
    norms: (source?: string) => `copied from ${source}, frozen but for its norms`,
    frozen: (source?: string) => `copied from ${source}, frozen`,
    random: () => 'random, frozen',
  } satisfies Record<string, (source?: string) => string>,
  notHere: 'its weights are not stored here',
  keys: 'Arrow keys go from layer to layer.',

  curve: (study: string, target: string) => `Accuracy on ${target} by n in ${study}`,
  noCurve: 'The curve appears with the first finished networks of the study.',
  selectivity: 'How specific the units are, layer by layer',
  selectivityHint: (asked: number) =>
    `The share of the most frequent class among the ${asked} images that excite a unit most, averaged over the units of a layer. Chance is that share among images drawn at random.`,
  pointTitle: (n: number, name?: string) => (name === undefined ? `Layer ${n}` : layersText.layer(n, name)),
  pointShare: (share: number) => `${whole(share)} of the images of a unit are of one class`,
  pointA: (share: number) => `${whole(share)} of the images are of A’s classes`,
  layerSummary: (share: number | null, chance: number, ofA: number | null, chanceA: number | null) =>
    share === null
      ? 'None of its units responds to these images.'
      : `On average ${whole(share)} of the images that excite a unit most are of one class; by chance it would be ${whole(chance)}.` +
        (ofA === null || chanceA === null
          ? ''
          : ` ${whole(ofA)} are of A’s classes; by chance it would be ${whole(chanceA)}.`),

  show: 'Show',
  patches: 'Images that excite it most',
  preferred: 'Preferred input (synthesised)',
  order: 'Order',
  asInNetwork: 'As in the network',
  mostSelective: 'Most specific first',
  page: (first: number, last: number, total: number) => `${first} to ${last} of ${total}`,
  earlier: 'Earlier units',
  later: 'Later units',
  unit: (type: 'conv' | 'dense', unit: number) => `${type === 'conv' ? 'Filter' : 'Unit'} ${unit + 1}`,
  percent: whole,
  unitShare: (name: string, share: number) => `${whole(share)} ${name}`,
  states: {
    answers: '',
    silent: 'silent',
    constant: 'constant',
    broken: 'not a number',
  },
  stateSentences: {
    answers: '',
    silent:
      'This unit is silent: no image brings it above zero, so it never reaches the layers above. The images below come nearest.',
    constant: 'This unit is constant: its response to every image is the same and says nothing about them.',
    broken: 'The responses of this unit are not numbers.',
  },
  one: (type: 'conv' | 'dense', unit: number, n: number, name: string) =>
    `${type === 'conv' ? 'Filter' : 'Unit'} ${unit + 1} of layer ${n}, ${name}`,
  close: 'Close',
  choose: 'Choose a unit to see its images in full.',
  oneSummary: (name: string, share: number, ofA: number | null, asked: number) =>
    `Of the ${asked} images that excite it most, ${whole(share)} are of ${name}` +
    (ofA === null ? '.' : `, and ${whole(ofA)} are of A’s classes.`),
  synthesising: 'Synthesising the preferred input',
  preferredHint: (onMean: boolean) =>
    `Gradient ascent on the image from four random starts, within the range of pixel values${onMean ? ' and around the mean of the training images' : '. It starts from grey, because the images and their mean are not here'}.`,
  start: (seed: number, response: number) => `Start ${seed + 1}: response ${response.toPrecision(3)}`,
  best: (response: number) => `Its response to the best of the images is ${response.toPrecision(3)}.`,
};
