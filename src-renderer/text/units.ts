import { count, counted, percent } from '../../src-main/common/numbers.ts';

const whole = (fraction: number): string => percent(fraction, 0);

/** What is said of the units of a layer, on Layers and on Filters. */
export const text = {
  exciting: 'Images that excite it most',
  excitingHint: (among: number) =>
    `Of ${count(among)} images of the study's classes, best first. The frame is what the unit sees where it answers most.`,
  excitingWait: 'Looking through the images …',
  excitingImage: (name: string, heldOut: boolean, place: number, response: number) =>
    `Number ${place + 1}: ${name}${heldOut ? ', held out' : ''}; answer ${response.toPrecision(3)}`,

  title: 'Layers',
  intro:
    'What excites the units of each layer, from the first to the last: beside the curve, one sees what becomes specific.',
  noneText: 'Layers can be looked at once a network has learned something. Run a study first.',
  loading: 'Reading the network …',
  network: 'Network',
  looking: 'Looking through the images for what excites the units',
  lookingAt: (done: number, total: number) => `${count(done)} of ${count(total)} images`,

  layers: 'Layers',
  layer: (n: number, name: string) => `Layer ${n}, ${name}`,
  units: (type: 'conv' | 'dense', units: number) => counted(units, type === 'conv' ? 'filter' : 'unit'),
  sees: (window: number, input: boolean) => (input ? 'sees the whole image' : `sees ${window} × ${window} pixels`),
  origin: {
    learned: () => 'learned here',
    'fine-tuned': (source?: string) => `copied from ${source}, then fine-tuned`,
    adapted: (source?: string) => `copied from ${source}, with adapters`,
    frozen: (source?: string) => `copied from ${source}, frozen`,
    random: () => 'random, frozen',
  } satisfies Record<string, (source?: string) => string>,
  notHere: 'its weights are not here',
  keys: 'Arrow keys go from layer to layer.',

  curve: (study: string, target: string) => `Accuracy on ${target} by n in ${study}`,
  noCurve: 'The curve comes with the first finished networks of the study.',
  selectivity: 'How specific the units are, layer by layer',
  selectivityHint: (asked: number) =>
    `Of the ${asked} images that excite a unit most, the share of the commonest class; mean over the units of a layer. Chance is what blind draws come to.`,
  agreement: 'same class',
  ofA: 'classes of A',
  chance: 'chance',
  selectivityAxis: 'Share of top images (%)',
  layerAxis: 'Layer n',
  pointTitle: (n: number) => `Layer ${n}`,
  pointShare: (share: number) => `${whole(share)} of the images of a unit are of one class`,
  pointA: (share: number) => `${whole(share)} of the images are of A's classes`,
  dead: (silent: number, constant: number) =>
    [
      silent > 0 ? `${counted(silent, 'unit')} silent: never above zero for any of these images.` : '',
      constant > 0 ? `${counted(constant, 'unit')} constant: the same answer to every image.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  layerSummary: (share: number | null, chance: number, ofA: number | null, chanceA: number | null) =>
    share === null
      ? 'None of its units answers to these images.'
      : `On average ${whole(share)} of the images that excite a unit most are of one class; chance would be ${whole(chance)}.` +
        (ofA === null || chanceA === null ? '' : ` ${whole(ofA)} are of A's classes, chance ${whole(chanceA)}.`),

  show: 'Show',
  patches: 'What excites it most',
  wishes: 'What it would like to see',
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
    broken: 'no numbers',
  },
  stateSentences: {
    answers: '',
    silent:
      'This unit is silent: for none of the images does it come above zero, so nothing above it ever hears of it. These come nearest.',
    constant: 'This unit gives the same answer to every image: it tells nothing of them.',
    broken: 'The answers of this unit are not numbers.',
  },
  one: (type: 'conv' | 'dense', unit: number, n: number, name: string) =>
    `${type === 'conv' ? 'Filter' : 'Unit'} ${unit + 1} of layer ${n}, ${name}`,
  close: 'Close',
  choose: 'Choose a unit to look at it closely.',
  oneSummary: (name: string, share: number, ofA: number | null, asked: number) =>
    `Of the ${asked} images that excite it most, ${whole(share)} are of ${name}` +
    (ofA === null ? '.' : `, ${whole(ofA)} of A's classes.`),
  wishing: 'Drawing what it would like to see',
  wishHint: (onMean: boolean) =>
    `Gradient ascent from noise, from four beginnings, within what a picture can show${onMean ? ', on the mean of the training images' : '. The images are not here: it stands on grey instead of their mean'}.`,
  wish: (seed: number, response: number) => `Beginning ${seed + 1}: answer ${response.toPrecision(3)}`,
  best: (response: number) => `Its answer to the best of the images is ${response.toPrecision(3)}.`,
};
