import type { FilterFit, FilterLayer, NullFit } from '../../src-main/common/contract/runs.ts';
import type { Match, Matching } from '../views/filters/sorting.ts';
import { count, percent } from '../../src-main/common/numbers.ts';

const whole = (share: number): string => percent(share, 0);

/** Everything that the Filters screen says. */
export const filtersText = {
  title: 'Filters',
  intro:
    'The first layer responds to edges, stripes and colours; depthwise layers, of any depth, have filters of one channel. Grey is a weight of zero.',
  noneText: 'Filters form while a network trains. Run a study to watch them, here and on Live.',
  loading: 'Reading the filters …',

  first: 'Network',
  second: 'Compare with',
  study: 'Study',
  network: 'Network of the study',
  nothing: 'Nothing',
  layer: 'Layer',
  layerChoice: ({ layer, depthwise, shape: [filters, , rows, columns] }: FilterLayer) =>
    `${layer}: ${depthwise ? 'depthwise' : 'stem'}, ${count(filters)} of ${rows} × ${columns}`,
  openFile: 'A network in a file …',
  openHint:
    'A network in a file: looks at the stem and the depthwise layers of any network that can be read: ONNX, safetensors or PyTorch. Nothing of it is kept.',
  run: (name: string, replicate: number, several: boolean) => (several ? `${name}, replicate ${replicate + 1}` : name),

  sort: 'Order',
  sorting: {
    network: 'As in the network',
    norm: 'Largest first',
    orientation: 'By direction of stripes',
    colour: 'Most colourful first',
    kind: 'By kind, best fit first',
    match: 'Matched pairs, most similar first',
  },
  common: 'One scale for all',
  commonHint:
    'All filters are scaled alike, so that weak ones look weak. Otherwise each is scaled by its own largest weight.',
  zoomIn: 'Enlarge',
  zoomOut: 'Make smaller',
  zoomReset: 'Original size',
  zoomHint:
    'Ctrl and the wheel, or + and −, enlarge; drag or scroll to move. Arrow keys go from filter to filter, Enter opens one.',
  wall: (name: string, filters: number, step: number) =>
    `${count(filters)} ${filters === 1 ? 'filter' : 'filters'} of ${name} at step ${count(step)}`,
  filter: (filter: number, filters: number) => `Filter ${filter + 1} of ${filters}`,
  ofStudy: (name: string, study: string) => `${name} · ${study}`,
  shape: (filters: number, rows: number, columns: number, channels: number) =>
    `${count(filters)} filters, ${rows} × ${columns} weights, ${channels} channels`,
  png: 'Save as PNG',
  svg: 'Save as SVG',
  file: (names: readonly string[], ending: string) =>
    `filters-${names.map((name) => name.replace('+', '-fine-tuned').replace(/[^\w-]+/g, '-')).join('-')}.${ending}`,

  close: 'Close',
  one: (filter: number, name: string) => `Filter ${filter + 1} of ${name}`,
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
  overTime: 'During training',
  noHistory: 'There is no history, because the first layer was frozen in this training.',
  atStep: (step: number) => `step ${count(step)}`,
};

/** The texts of the slider over the history of filters, on Live and on Filters. */
export const timeSliderText = {
  slider: 'Step of the training that is shown',
  step: (step: number) => `step ${count(step)}`,
  latest: (step: number | null) => (step === null ? 'latest' : `step ${count(step)}, latest`),
  play: 'Play the history of the filters',
  stop: 'Stop',
};

/** What the Filters screen says of the functions that are fitted to filters. */
export const filterFitText = {
  ask: 'Classify filters',
  askHint: 'Fits a Gabor function and a blob to each filter, which takes some seconds.',
  waiting: 'Fitting the filters …',
  only: 'Kind',
  all: 'All kinds',
  noneOfClass: 'No filter is of this kind at this step.',

  title: (name: string) => `Kinds of filters of ${name}`,
  head: ['Kind', 'Filters', 'White noise', 'As smooth', 'Phases shuffled'] as readonly string[],
  counted: (filters: number, share: number) => `${count(filters)} (${whole(share)})`,
  share: (share: number) => percent(share),
  atStep: (step: number) => `At step ${count(step)}.`,
  untrained: (filters: number, least: number) =>
    `A filter is named after the function that describes its main part best, if that beats noise by ${least.toFixed(0)} units of BIC and other functions clearly; otherwise it is noise, or nobody can tell. “White noise” is the share among ${count(filters)} untrained filters of this size.`,
  nulls: (nulls: readonly NullFit[]) => {
    const [{ filters, seed }] = nulls;
    return `The last two columns: ${count(filters)} filters each, seed “${seed}”.`;
  },
  directions: 'Directions of stripes and edges',
  directionsLabel: (name: string) => `How many filters of ${name} have which direction`,
  scatter: 'Direction and frequency',
  scatterLabel: (name: string) => `Direction and frequency of the stripes of ${name}`,
  noDirections: 'No filter is Gabor-like or an edge, so there are no directions to show.',
  growth: 'During training',
  growthLabel: (name: string) => `Share of each kind of filter of ${name} during training`,

  fit: 'Kind and fit',
  parts: { luminance: 'Luminance', colour: 'Main colour' },
  gabor: 'Gabor function',
  blob: 'Blob',
  residual: 'Residual',
  fitHint: (stripes: boolean) =>
    `The ellipse is one standard deviation of the function wide${stripes ? '; its line runs along the stripes' : ''}.`,
  words: ({ component, share, gabor, blob }: FilterFit, round: boolean) => {
    const part = `Its ${component === 'luminance' ? 'luminance' : 'main colour'} has ${whole(share)} of its energy. `;
    if (round)
      return `${part}A blob ${blob.width.toFixed(1)} pixels wide explains ${whole(blob.explained)} of that, a Gabor function ${whole(gabor.explained)}.`;
    const sizes = `${gabor.along.toFixed(1)} pixels long and ${gabor.across.toFixed(1)} wide`;
    const stripes = `stripes at ${Math.round(gabor.orientation) % 180}°, ${gabor.frequency.toFixed(2)} cycles per pixel, phase ${Math.round(gabor.phase)}°, in an envelope ${sizes}`;
    return `${part}A Gabor function explains ${whole(gabor.explained)} of that: ${stripes}. A blob explains ${whole(blob.explained)}.`;
  },
};

/** What it says of where a network's filters stand among all. */
export const filterPopulationText = {
  title: (name: string) => `Where the filters of ${name} stand`,
  filter: (filter: number) => `Filter ${filter + 1}`,
  place: (nx: number, ny: number) => `n_x ${nx.toFixed(2)}, n_y ${ny.toFixed(2)}`,
  planeLabel: (name: string, filters: number) =>
    `Widths across and along the stripes of ${count(filters)} filters of ${name}, beside simple cells of V1 and white noise`,
  distributionLabel: (what: string, name: string) => `${what} of the filters of ${name}`,
  numbers: 'The numbers',
  tableOf: (title: string) => `${title}, as a table`,
  filters: 'Filters',
  count: (filters: number) => `${count(filters)} ${filters === 1 ? 'filter' : 'filters'}`,
};

/** What it says of the eight master filters. */
export const masterText = {
  title: (name: string) => `The eight master filters in ${name}`,
  about:
    'Babaiee et al. (2025, arXiv 2509.11711) find that depthwise filters of trained networks converge to eight, up to a factor and an offset. Here each filter is held against these in the form in which Lindeberg et al. (2025, arXiv 2509.12746) model them, at any width: differences and slopes of a discrete Gaussian, the Gaussian, and a pixel against its surround. The eight as published are explained to 71% or more.',
  summaryTitle: (name: string) => `How near filters of ${name} are to the eight`,
  summaryHead: ['Filters', 'Near one (70% or more)', 'Explained on average'] as readonly string[],
  these: 'of this layer',
  row: (name: string, { share, mean }: { share: number; mean: number }) => [name, whole(share), whole(mean)],
  nearest: 'The form nearest to each filter',
  formsHead: ['Form', 'Filters', 'Explained on average'] as readonly string[],
  mean: (explained: readonly number[]) =>
    explained.length === 0 ? '–' : whole(explained.reduce((sum, one) => sum + one, 0) / explained.length),
};

/** What the Filters screen says of two networks whose filters are matched one to one. */
export const filterMatchText = {
  waiting: 'Matching the filters of both networks …',
  both: ([first, second]: readonly [string, string]) => `${first} and ${second}`,
  title: (names: readonly [string, string]) => `How similar are ${filterMatchText.both(names)}?`,
  generality: 'Generality of layer 1:',
  means: ({ matches, mean, untrainedMean }: Matching) =>
    `The mean similarity of their ${count(matches.length)} pairs is ${mean.toFixed(2)}, with untrained filters ${untrainedMean.toFixed(2)}.`,
  chart: (names: readonly [string, string], { mean, untrainedMean }: Matching) =>
    `How similar the matched filters of ${filterMatchText.both(names)} are: ${mean.toFixed(2)} on average, ${untrainedMean.toFixed(2)} with untrained filters`,
  hint: (draws: number) =>
    `Filters are matched one to one so that the pairs are as similar as possible, shifted by up to half a kernel; 1 is the same filter. Generality is 0 where pairs are no more similar than with the filters of ${count(draws)} untrained networks, and 1 where they are the same. Trained filters are smoother than random ones, which alone makes them a little more similar.`,
  matched: (name: string) => `Its match in ${name}`,
  match: ({ filter, similarity }: Match) => `Filter ${filter + 1}, similarity ${similarity.toFixed(2)}`,
  lookAt: (filter: number, name: string) => `Show filter ${filter + 1} of ${name}`,
};
