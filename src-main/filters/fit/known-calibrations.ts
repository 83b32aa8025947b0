import type { Calibration } from './calibration.ts';

/**
 * The results of `computeCalibration` for the first layers of the built-in networks, and for 3x3, so that a report need
 * not fit 400 untrained filters of each. A test computes them and fails if search, thresholds or seed have changed.
 */
export const KNOWN_CALIBRATIONS: readonly Pick<Calibration, 'shape' | 'least' | 'shares'>[] = [
  {
    shape: [3, 3, 3],
    least: {
      gabor: 0.9907895593977423,
      blob: 0.9075283605001165,
    },
    shares: {
      gabor: 0.02,
      edge: 0.005,
      'colour blob': 0.05,
      'grey blob': 0.03,
      noise: 0.895,
      dead: 0,
    },
  },
  {
    shape: [3, 5, 5],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0.005,
      edge: 0.005,
      'colour blob': 0,
      'grey blob': 0,
      noise: 0.99,
      dead: 0,
    },
  },
  {
    shape: [3, 7, 7],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0,
      edge: 0,
      'colour blob': 0,
      'grey blob': 0,
      noise: 1,
      dead: 0,
    },
  },
  {
    shape: [3, 11, 11],
    least: {
      gabor: 0.7,
      blob: 0.7,
    },
    shares: {
      gabor: 0,
      edge: 0,
      'colour blob': 0,
      'grey blob': 0,
      noise: 1,
      dead: 0,
    },
  },
];
