import { setImmediate } from 'node:timers/promises';
import { layerReadAt } from '../engine/onnx/reader.ts';
import { UnitGradient } from '../engine/onnx/unit-gradient.ts';
import { Cancelled } from '../errors.ts';
import { CHANNELS, type Network } from '../network/network.ts';
import { middleOf, receptiveField, unitShape, type Window } from '../network/receptive-field.ts';
import { inputScales } from '../network/spec.ts';
import type { Weights } from '../network/weights.ts';
import { Climber } from './climber.ts';

interface VisualisationOptions {
  readonly network: Network;
  /** Weights of layers 1..n at least. */
  readonly weights: Weights;
  readonly n: number;
  /** 0-based: channels of a convolution, units of a dense layer. */
  readonly units: readonly number[];
  /** Number of pictures of each unit, from different initial noise. */
  readonly seeds: number;
  /** What is subtracted from images, [3, inputSize, inputSize]; absent: mid-grey. */
  readonly mean?: Float32Array;
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Called with the number of pictures that are done, with fractions. */
  readonly onProgress?: (done: number) => void;
}

/** A picture of what excites a unit. */
interface Visualisation {
  readonly unit: number;
  /** 0-based. */
  readonly seed: number;
  /** [rows, columns, 3] bytes: the part of the image that the unit sees. */
  readonly picture: Uint8Array;
  /** The output of the unit's convolution or matrix product for it, bias included, before its ReLU. */
  readonly response: number;
  /** The response to the initial noise. */
  readonly before: number;
}

export interface Visualisations {
  /** The part of the image that the units see; those of a convolution are in its middle. */
  readonly window: Window;
  /** Unit by unit, seed by seed. */
  readonly pictures: readonly Visualisation[];
}

/** Steps of gradient ascent. */
const STEPS = 96;
/** Root mean square of the first step within the window, in grey levels; the last is a tenth of it. */
const FIRST_STEP = 12;
/** Number of pictures that are computed at once. */
const BATCH = 8;

/**
 * Feature visualisation by gradient ascent (Erhan et al. 2009; Yosinski et al. 2015; Olah et al. 2017): the image that excites
 * a unit most among those that can be displayed. A channel of a convolution stands for its unit in the middle. Regularised by
 * decorrelated coordinates (preconditioner.ts), decay towards the mean image, jitter, and bounds of 0..255. Steps have a given
 * size, whatever the gradient's. The same options give the same bytes.
 *
 * Errors: RangeError for a layer or unit that doesn't exist; Cancelled.
 */
export async function visualise(options: VisualisationOptions): Promise<Visualisations> {
  const { network, n, units, seeds, mean } = options;
  const { inputSize, training } = network.spec;
  const scales = inputScales(training);
  const [count] = unitShape(layerReadAt(network, { n, place: 'weights' }));
  const beyond = units.find((unit) => !(unit >= 0 && unit < count));
  if (beyond !== undefined) throw new RangeError(`layer ${n} has no unit ${beyond}`);
  const { row, column } = middleOf(network, n);
  const window = receptiveField(network, n, row, column);
  const wanted = units.flatMap((unit) => Array.from({ length: seeds }, (_, seed) => ({ unit, seed })));
  const batch = Math.min(BATCH, wanted.length);
  const slopes = await UnitGradient.open({ ...options, batch });
  const pictures: Visualisation[] = [];
  try {
    for (let first = 0; first < wanted.length; first += batch) {
      const climbers = wanted.slice(first, first + batch).map(({ unit, seed }) => {
        return {
          unit,
          seed,
          climber: new Climber({ side: inputSize, window, mean, scales, name: [n, unit, seed] }),
        };
      });
      pictures.push(...(await ascend(climbers, slopes, options, batch, first)));
    }
  } finally {
    await slopes.dispose();
  }
  return { window, pictures };
}

/** Climbs with a batch of pictures. @param done number of pictures before these */
async function ascend(
  climbers: readonly { readonly unit: number; readonly seed: number; readonly climber: Climber }[],
  slopes: UnitGradient,
  { network, n, signal, onProgress }: VisualisationOptions,
  batch: number,
  done: number,
): Promise<Visualisation[]> {
  const { inputSize } = network.spec;
  const [units, rows, columns] = unitShape(layerReadAt(network, { n, place: 'weights' }));
  const { row, column } = middleOf(network, n);
  // Nothing is selected for the last images of a batch that is not full.
  const selection = new Float32Array(batch * units * rows * columns);
  climbers.forEach(({ unit }, i) => (selection[((i * units + unit) * rows + row) * columns + column] = 1));
  const each = CHANNELS * inputSize ** 2;
  const images = new Float32Array(batch * each);
  const of = (values: Float32Array, i: number) => values.subarray(i * each, (i + 1) * each);
  const now = async () => {
    climbers.forEach(({ climber }, i) => climber.show(of(images, i)));
    return (await slopes.at(images, selection)).objective;
  };
  const before = await now();
  for (let step = 0; step < STEPS; step++) {
    // The message to stop waits in the event loop.
    await setImmediate();
    if (signal?.aborted) throw new Cancelled();
    const jitters = climbers.map(({ climber }) => climber.jitter(step));
    climbers.forEach(({ climber }, i) => climber.show(of(images, i), jitters[i]));
    const { gradient } = await slopes.at(images, selection);
    const size = FIRST_STEP * 10 ** (-step / (STEPS - 1));
    climbers.forEach(({ climber }, i) => climber.climb(of(gradient, i), jitters[i], size));
    onProgress?.(done + (climbers.length * (step + 1)) / STEPS);
  }
  const seen = climbers.map(({ climber }) => climber.picture());
  const response = await now();
  return climbers.map(({ unit, seed }, i) => {
    return { unit, seed, picture: seen[i], response: response[i], before: before[i] };
  });
}
