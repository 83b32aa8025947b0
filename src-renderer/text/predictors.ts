import { percent, percentDone } from '../../src-main/common/numbers.ts';

/** Cheap predictors on the Results screen. */
export const text = {
  title: 'Cheap predictors',
  intro:
    'Before anything is trained on the target, cheap numbers claim to tell how well features will transfer: LEEP, LogME, H-score, probes, and how alike the layers of both bases are. Held against what this study measured: which one would have told you?',
  none: 'There is nothing to predict here: this study has no transfer (AnB or AnB+) from a base that it trained itself.',
  work: 'Work them out',
  more: (waiting: number) => `Work out ${waiting} more`,
  stop: 'Stop',
  working: 'Working out the cheap predictors',
  takes:
    'It reads the layers of the bases on some thousand images: a minute or two for a small network. No number of the study changes.',
  progress: (fraction: number, doing: string) => `${percentDone(fraction)}, ${doing}`,
  stopped: 'Stopped. What was worked out is kept.',
  some: (measured: number, transfers: number) => `Of ${transfers} transfers, ${measured} have their predictors so far.`,
  chart: 'Accuracy against what each predictor says',
  chartCaption: (curve: string) =>
    `Measured top-1 of ${curve} against each predictor, which runs from the lowest to the highest of its values. Numbers are n; a line joins the layers of one transfer. A predictor that told would rise from left to right.`,
  curve: { transfer: 'AnB', 'transfer+': 'AnB+' },
  saveTable: (title: string) => `Save “${title}” as CSV`,
  point: (panel: string, n: number, replicate: number) => `${panel}, n = ${n}, replicate ${replicate + 1}`,
  says: (value: number) => `says ${value.toPrecision(3).replace('-', '−')}`,
  accuracy: (curve: string, accuracy: number) => `${curve}: ${percent(accuracy / 100)}`,
};
