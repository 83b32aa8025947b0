import type { RunSummary } from '../../src-main/common/contract/activity.ts';
import { partsOf, sourceHalf, TITLES } from '../../src-main/common/treatments/treatments.ts';
import type { Cut } from '../../src-main/common/cuts.ts';
import { count, counted, percent, percentDone, imageRate, timeLeft } from '../../src-main/common/numbers.ts';
import type { RunState } from '../../src-main/common/run-state.ts';
import type { Measure, RunCurve } from '../../src-main/common/charts/run-chart.ts';
import { networkText } from './network.ts';

const plural = (value: number, one: string, many: string): string => (value === 1 ? one : many);
/** A fraction as short as a node has room for. */
const short = (fraction: number): string => percent(fraction, 0);

/** What a training's state is called on the screens. */
export const STATE_WORDS: Readonly<Record<RunState, string>> = {
  planned: 'waiting',
  running: 'training',
  stopped: 'paused',
  finished: 'finished',
  failed: 'failed',
  skipped: 'skipped',
};

/** The texts of Live. */
export const liveText = {
  chooser: 'Study',
  running: (name: string) => `${name} (running)`,
  noneText: 'Choose images and set up a study. While it trains, this screen shows every network as it learns.',
  preparing: ({ name, total }: { name: string; total: number | null }) =>
    `${total === null ? `${name} is being prepared` : `The images of ${name} are being made`}. Its networks appear here in a moment.`,
  loading: 'Reading the study …',

  finished: (done: number, all: number) => `${count(done)} of ${counted(all, 'network')} finished`,
  training: (trained: number) => `${count(trained)} in training`,
  failed: (failed: number) => `${count(failed)} failed`,
  skipped: (skipped: number) => `${count(skipped)} skipped`,
  status: {
    training: 'Training',
    pausing: 'Pausing: the current steps are being finished and stored …',
    stopped: 'Paused',
    finished: 'Finished',
    failed: 'Finished, but some trainings failed',
  },
  lost: 'No connection: this was the state when it was lost',
  fraction: (fraction: number) => `${percentDone(fraction)} done`,
  imagesPerSecond: imageRate,
  left: timeLeft,
  estimating: 'estimating the time left',
  progress: 'Progress of the study',
  pause: 'Pause',
  pauseHint: 'Frees the machine; resume later without loss',
  resume: 'Resume',
  retry: 'Try failed trainings again',
  cancel: 'Cancel the study …',
  seeResults: 'See the results',
  cancelTitle: 'Cancel this study?',
  cancelText: (half: number) =>
    half === 0
      ? 'The study stops. Finished networks stay.'
      : `The study stops and ${counted(half, 'half-trained network is', 'half-trained networks are')} discarded. Finished networks stay. To resume it later, pause instead.`,
  cancelKeep: 'Keep training',
  cancelGo: 'Cancel the study',
  more: (hidden: number) =>
    `${counted(hidden, 'more network', 'more networks')} had problems; ${plural(hidden, 'it is', 'they are')} marked in the plan.`,

  plan: 'Every network of the study',
  planHint:
    'Each treatment is to the right of what its first n layers are copied from. Choose a network to see how it learns.',
  replicate: (number: number) => `Replicate ${number}`,
  columns: 'n =',
  random: 'random',
  file: 'the file',
  brief: (kind: RunSummary['kind']): string => (kind === 'base' ? '' : partsOf(kind).definition.words.short),
  legend: 'What the signs mean',
  states: {
    ...STATE_WORDS,
    finished: 'finished, with its accuracy',
  },
  stateWords: STATE_WORDS,
  node: ({ state, step, steps, accuracy, reused }: RunSummary): string => {
    switch (state) {
      case 'planned':
        return '';
      case 'running':
      case 'stopped':
        return short(step / (steps || 1));
      case 'finished':
        return accuracy === null ? (reused ? 'known' : '') : short(accuracy);
      case 'failed':
      case 'skipped':
        return '';
    }
  },
  nodeName: (run: RunSummary, replicates: number, after?: string): string =>
    [
      run.name,
      after === undefined ? '' : `after ${after}`,
      replicates > 1 ? `replicate ${run.replicate + 1}` : '',
      nodeState(run),
    ]
      .filter(Boolean)
      .join(', '),

  follow: 'Follow the training',
  network: (name: string, network: string) => `${name}, a ${network}`,
  what: ({ kind, n, target, examples, source: key }: RunSummary, cuts: readonly Cut[]): string => {
    const layers = (n === 1 ? 'the first layer' : `the first ${n} layers`) + networkText.upTo(cuts, n);
    const images = examples === undefined ? target : `${counted(examples, 'image')} of each class of ${target}`;
    const rest = `the rest random, trained on ${images}`;
    if (kind === 'base') return `Trained on ${images} from random weights.`;
    const { definition, lower, value } = partsOf(kind);
    const half = sourceHalf({ kind, target });
    // Selffer layers come from a base on the same images.
    const few = examples !== undefined && half === target ? `@${examples}` : '';
    const base = key === null ? liveText.file : `base${half}${few}`;
    const source = half === undefined ? '' : base;
    return definition.words.network({ title: TITLES[lower], lower, value, layers, source, rest });
  },
  /** In the cluster's own word, such as Resources. */
  waitsFor: (reason: string): string =>
    reason === '' || reason === 'None' ? 'in the queue' : `in the queue (${reason})`,
  facts: {
    queued: 'Cluster',
    place: 'Node',
    state: 'State',
    step: 'Step',
    accuracy: 'Held-out accuracy',
    loss: 'Training loss',
    rate: 'Images/s',
    left: 'Time left',
    seconds: 'Trained for',
    key: 'Key',
  },
  reused: 'finished before, reused',
  stepOf: (step: number, steps: number) => `${count(step)} of ${count(steps)}`,
  accuracy: percent,
  copyKey: (key: string) => `Copy the key of this training, which begins with ${key}`,
  curves: 'Learning curve',
  smooth: 'Smooth the training curve',
  chart: (name: string, measure: Measure, { training, heldOut }: Pick<RunCurve, 'training' | 'heldOut'>): string => {
    const last = (points: RunCurve['training']) => {
      const point = points.at(-1);
      if (!point) return 'nothing yet';
      const value = measure === 'loss' ? point.loss.toFixed(3) : percent(point.accuracy);
      return `${value} at step ${count(point.step)}`;
    };
    const what = measure === 'loss' ? 'Loss' : 'Top-1 accuracy';
    return `${what} of ${name} against the step. Training: ${last(training)}. Held-out images: ${last(heldOut)}.`;
  },
  noCurve: 'The curve appears with the first steps.',
  noCurveFailed: 'The training ended before it had a curve.',

  filters: 'First-layer filters',
  filtersOf: (name: string, step: number) => `First-layer filters of ${name} at step ${count(step)}`,
  noFiltersWaiting: 'The filters appear once it trains.',
  noFilters: 'The filters appear with the first steps.',
  frozenFirst: (source: string) =>
    source === 'random'
      ? 'Its first layer is frozen: these random filters stay as they are.'
      : `Its first layer is frozen: these filters of ${source} stay as they are.`,
  notConvolution: 'The first layer of this network is not a convolution, so it has no filters to draw.',
  closer: 'Open in Filters',
};

function nodeState(run: RunSummary): string {
  const { state, step, steps, accuracy, problem } = run;
  const share = percentOf(step, steps);
  switch (state) {
    case 'running':
      return `training, ${share}${problem ? ', restarted after a crash' : ''}`;
    case 'stopped':
      return `paused at ${share}`;
    case 'finished':
      return accuracy === null ? 'finished' : `finished, accuracy ${percent(accuracy)}`;
    default:
      return STATE_WORDS[state];
  }
}

const percentOf = (step: number, steps: number): string => percent(step / (steps || 1), 0);
