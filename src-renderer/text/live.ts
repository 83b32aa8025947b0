import type { RunState } from '../../src-main/api/contract/activity.ts';
import { count, counted, imageRate, percent, percentDone, timeLeft } from '../../src-main/common/numbers.ts';
import { partsOf, sourceHalf } from '../../src-main/study/treatment.ts';
import type { Measure, RunCurve } from '../charts/run-chart.ts';
import { runStates } from './common.ts';

const plural = (value: number, one: string, many: string): string => (value === 1 ? one : many);
/** What a finished network is called on its node. */
const short = (fraction: number): string => percent(fraction, 0);

/** The texts of Live. */
export const text = {
  chooser: 'Study',
  running: (name: string) => `${name} (running)`,
  noneText: 'Choose images and put a study together. While it trains, this screen shows every network as it learns.',
  preparing: (name: string) => `The images of ${name} are being made. Its networks appear here in a moment.`,
  loading: 'Reading the study …',

  finished: (done: number, all: number) => `${count(done)} of ${counted(all, 'network')} finished`,
  training: (trained: number) => `${count(trained)} in training`,
  failed: (failed: number) => `${count(failed)} failed`,
  skipped: (skipped: number) => `${count(skipped)} skipped`,
  status: {
    training: 'Training',
    pausing: 'Pausing: the steps in hand are finished and stored …',
    stopped: 'Paused',
    finished: 'Finished',
    failed: 'Finished, but some trainings failed',
  },
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
      : `The study stops and ${counted(half, 'half-trained network is', 'half-trained networks are')} discarded. Finished networks stay. To go on later, pause instead.`,
  cancelKeep: 'Keep training',
  cancelGo: 'Cancel the study',
  more: (hidden: number) =>
    `${counted(hidden, 'more network', 'more networks')} had problems; ${plural(hidden, 'it is', 'they are')} marked in the plan.`,

  plan: 'Every network of the study',
  planHint: 'Each treatment stands right of where its first n layers come from. Choose a network to see how it learns.',
  replicate: (number: number) => `Replicate ${number}`,
  columns: 'n =',
  random: 'random',
  frozen: 'frozen',
  tuned: 'fine-tuned',
  legend: 'What the signs mean',
  states: { ...runStates, finished: `${runStates.finished}, with its accuracy` },
  stateWords: runStates,
  restarted: 'began again after a crash',
  node: ({ state, step, steps, accuracy, reused }: RunState): string => {
    switch (state) {
      case 'waiting':
        return '';
      case 'training':
      case 'stopped':
        return short(step / (steps || 1));
      case 'finished':
        return accuracy === null ? (reused ? 'known' : '') : short(accuracy);
      case 'failed':
      case 'skipped':
        return '';
    }
  },
  nodeName: (run: RunState, replicates: number): string =>
    [run.name, replicates > 1 ? `replicate ${run.replicate + 1}` : '', nodeState(run)].filter(Boolean).join(', '),

  chosen: 'Network',
  follow: 'Follow the training',
  what: ({ kind, n, target, examples }: RunState): string => {
    const layers = n === 1 ? 'the first layer' : `the first ${n} layers`;
    const images = examples === undefined ? target : `${counted(examples, 'image')} of each class of ${target}`;
    const rest = `the rest random, trained on ${images}`;
    if (kind === 'base') return `Trained on ${images} from random weights.`;
    if (kind === 'random') return `Random features: ${layers} random and frozen, ${rest}.`;
    const { lower, frozen, copiedRate, adapterRank, unfrozen } = partsOf(kind);
    const title = lower === 'selffer' ? 'Selffer' : 'Transfer';
    const half = sourceHalf({ kind, target });
    // Selffer layers come from a base on the same images.
    const few = examples !== undefined && half === target ? `@${examples}` : '';
    const copied = `${layers} copied from base${half}${few}`;
    if (frozen) return `${title}: ${copied} and frozen, ${rest}.`;
    if (adapterRank !== undefined)
      return `${title} with adapters: ${copied} and frozen, beside each convolution an adapter of rank ${adapterRank} that learns, ${rest}.`;
    if (unfrozen)
      return `${title}, unfrozen from the top: ${copied} and frozen at first, one more learning with each epoch, ${rest}.`;
    const slower = copiedRate === undefined ? '' : `, the copied layers at ${copiedRate} of the learning rate`;
    return `${title}, fine-tuned: ${copied}, ${rest} as a whole${slower}.`;
  },
  facts: {
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
  copied: 'Copied',
  copyFailed: 'Not copied',
  curves: 'Learning curve',
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
  noCurve: 'Its curve begins with its first steps.',
  noCurveFailed: 'It ended before its curve began.',

  filters: 'First-layer filters',
  filtersOf: (name: string, step: number) => `First-layer filters of ${name} at step ${count(step)}`,
  noFiltersWaiting: 'Its filters appear once it trains.',
  noFilters: 'Its filters appear with the first steps.',
  frozenFirst: (source: string) =>
    source === 'random'
      ? 'Its first layer is frozen: these random filters stay as they are.'
      : `Its first layer is frozen: these filters of ${source} stay as they are.`,
  notConvolution: 'The first layer of this network is not a convolution: it has no filters to draw.',
  closer: 'Look closer',
};

function nodeState(run: RunState): string {
  const { state, step, steps, accuracy, problem } = run;
  const share = percentOf(step, steps);
  switch (state) {
    case 'training':
      return `training, ${share}${problem ? ', began again after a crash' : ''}`;
    case 'stopped':
      return `paused at ${share}`;
    case 'finished':
      return accuracy === null ? 'finished' : `finished, accuracy ${percent(accuracy)}`;
    default:
      return state;
  }
}

const percentOf = (step: number, steps: number): string => percent(step / (steps || 1), 0);
