import { places, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import type { Basis } from './projection.ts';

/**
 * A single step within an envelope, as soft as it is and wherever it lies in the envelope. s is the distance from the centre
 * of the envelope along the step, t the one across it, in pixels:
 *
 *     step * tanh((t - off) / soft) * exp(-(s / along)^2 / 2 - (t / across)^2 / 2)
 *
 * `edge.ts` has fewer numbers, but its edges go through the middle of their envelopes.
 */
export const searchStep = planeSearch(stepBasis, stepSpace);
/** The same in a round envelope, of one width less: of few pixels it tells an edge from stripes where the other can't. */
export const searchRoundStep = planeSearch(roundStepBasis, roundStepSpace);

/** The angle, two widths, the softness, the offset, the centre (2) and the height. */
export const STEP_PARAMETERS = 8;
export const ROUND_STEP_PARAMETERS = 7;

/** The step; the second function is nothing. Parameters: angle in radians, log `along`, log `across`, log `soft`, `off`, x, y. */
export function stepBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 7,
    write: ([theta, logAlong, logAcross, logSoft, off, x, y], first, second) => {
      const [along, across, soft] = [Math.exp(-2 * logAlong) / 2, Math.exp(-2 * logAcross) / 2, Math.exp(-logSoft)];
      const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        first[pixel] = Math.tanh((t - off) * soft) * Math.exp(-s * s * along - t * t * across);
      }
      second.fill(0);
    },
    differentiate: (
      [theta, logAlong, logAcross, logSoft, off, x, y],
      [a],
      [first],
      [byTheta, byAlong, byAcross, bySoft, byOff, byX, byY],
    ) => {
      const [along, across, soft] = [Math.exp(-2 * logAlong), Math.exp(-2 * logAcross), Math.exp(-logSoft)];
      const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        const tanh = Math.tanh((t - off) * soft);
        const slope = a * Math.exp((-s * s * along - t * t * across) / 2) * (1 - tanh * tanh) * soft;
        const value = a * first[pixel];
        const byS = -s * along * value;
        const byT = -t * across * value + slope;
        byTheta[pixel] = byS * t - byT * s;
        byAlong[pixel] = value * s * s * along;
        byAcross[pixel] = value * t * t * across;
        bySoft[pixel] = -slope * (t - off);
        byOff[pixel] = -slope;
        byX[pixel] = -byS * cos + byT * sin;
        byY[pixel] = -byS * sin - byT * cos;
      }
    },
  };
}

/** Bounds of the parameters, and starts in eight directions. */
export function stepSpace({ rows, columns }: PlaneSize): SearchSpace {
  const size = Math.max(rows, columns);
  const widths = [Math.log(0.6), Math.log(2 * size)];
  const starts = Array.from({ length: 8 }, (_, place) => (place * Math.PI) / 8).flatMap((theta) =>
    [size / 4, size / 2].flatMap((width) =>
      [-1, 0, 1].map((off) => {
        const log = Math.min(widths[1], Math.max(widths[0], Math.log(width)));
        return [theta, log, log, 0, (off * size) / 6, 0, 0];
      }),
    ),
  );
  return {
    least: [-2 * Math.PI, widths[0], widths[0], Math.log(0.2), -size / 2, -columns / 2, -rows / 2],
    most: [3 * Math.PI, widths[1], widths[1], Math.log(size), size / 2, columns / 2, rows / 2],
    starts,
  };
}

/** Parameters: angle in radians, log width of the envelope, log `soft`, `off`, x, y. */
export function roundStepBasis(size: PlaneSize): Basis {
  const step = stepBasis(size);
  const byAcross = new Float64Array(size.rows * size.columns);
  const ofStep = ([theta, logWidth, ...rest]: readonly number[]) => [theta, logWidth, logWidth, ...rest];
  return {
    parameters: 6,
    write: (parameters, first, second) => step.write(ofStep(parameters), first, second),
    differentiate: (parameters, amplitudes, functions, [byTheta, byWidth, ...rest]) => {
      step.differentiate(ofStep(parameters), amplitudes, functions, [byTheta, byWidth, byAcross, ...rest]);
      for (let pixel = 0; pixel < byWidth.length; pixel++) byWidth[pixel] += byAcross[pixel];
    },
  };
}

export function roundStepSpace(size: PlaneSize): SearchSpace {
  const { least, most, starts } = stepSpace(size);
  const without = ([theta, logWidth, , ...rest]: readonly number[]) => [theta, logWidth, ...rest];
  return { least: without(least), most: without(most), starts: starts.map(without) };
}
