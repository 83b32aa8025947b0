import { count, percent } from '../../src-main/common/numbers.ts';

/** Everything that the Filters screen says. */
export const text = {
  title: 'First-layer filters',
  intro:
    'What the first layer looks for in an image: edges, stripes and colours, each around grey for a weight of zero.',
  noneText: 'Filters form while a network trains. Run a study, and watch them here and on Live.',
  loading: 'Reading the filters …',

  first: 'Network',
  second: 'Beside it',
  study: 'Study',
  network: 'Network of the study',
  nothing: 'Nothing',
  run: (name: string, replicate: number, several: boolean) => (several ? `${name}, replicate ${replicate + 1}` : name),

  sort: 'Order',
  sorting: {
    network: 'As in the network',
    norm: 'Largest first',
    orientation: 'By direction of stripes',
    colour: 'Most colourful first',
    kind: 'By kind, best fit first',
    match: 'Matched pairs, most alike first',
  },
  common: 'One scale for all',
  commonHint: 'Weak filters look weak. Otherwise each is scaled by its own largest weight.',
  zoomIn: 'Enlarge',
  zoomOut: 'Make smaller',
  zoomReset: 'Original size',
  zoomHint: 'Ctrl and the wheel, or + and −, enlarge; drag or scroll to move. Arrow keys walk, Enter looks closer.',
  wall: (name: string, filters: number, step: number) =>
    `${count(filters)} ${filters === 1 ? 'filter' : 'filters'} of ${name} at step ${count(step)}`,
  filter: (filter: number, filters: number) => `Filter ${filter + 1} of ${filters}`,
  shape: (filters: number, rows: number, columns: number, channels: number) =>
    `${count(filters)} filters, ${rows} × ${columns} weights, ${channels} channels`,
  png: 'Save as PNG',
  svg: 'Save as SVG',
  file: (names: readonly string[], ending: string) =>
    `filters-${names.map((name) => name.replace('+', '-fine-tuned').replace(/[^\w-]+/g, '-')).join('-')}.${ending}`,

  close: 'Close',
  pick: 'Choose a filter to look at it closely.',
  one: (filter: number, name: string) => `Filter ${filter + 1} of ${name}`,
  channels: 'Channels',
  channelNames: ['Red', 'Green', 'Blue'] as readonly string[],
  channel: (channel: number) => `Channel ${channel + 1}`,
  fourier: 'Fourier magnitude',
  fourierHint:
    'Two bright spots are one direction of stripes; the further out, the finer. Zero frequency is in the centre.',
  measures: {
    norm: 'Norm',
    orientation: 'Direction of stripes',
    frequency: 'Frequency',
    colour: 'Colour',
  },
  norm: (value: number) => value.toPrecision(3),
  orientation: (degrees: number | null) => (degrees === null ? 'no stripes' : `${Math.round(degrees)}°`),
  frequency: (cycles: number | null) => (cycles === null ? '–' : `${cycles.toFixed(2)} cycles per pixel`),
  colour: (share: number) => `${percent(share, 0)} of its energy`,
  overTime: 'While it learned',
  noHistory: 'There is no history: the first layer did not learn in this training.',
  atStep: (step: number) => `step ${count(step)}`,
};
