import { places, type PlaneSize } from '../bank.ts';
import { planeSearch, type SearchSpace } from './parameter-search.ts';
import type { Basis } from './projection.ts';

/**
 * A single edge on a plane, soft or sharp, within an envelope. s is the distance from its centre along the edge, t the
 * one across it, in pixels:
 *
 *     (soft * t + sharp * tanh(2 t)) * exp(-(s / along)^2 / 2 - (t / across)^2 / 2)
 */
export const searchEdge = planeSearch(edgeBasis, edgeSpace);

/** The angle, two widths, the centre (2) and two amplitudes. */
export const EDGE_PARAMETERS = 7;

/** The two functions. Parameters: angle of the edge in radians, log `along`, log `across`, x, y. */
export function edgeBasis(size: PlaneSize): Basis {
  const [xs, ys] = places(size);
  return {
    parameters: 5,
    write: ([theta, logAlong, logAcross, x, y], soft, sharp) => {
      const [along, across] = [Math.exp(-2 * logAlong) / 2, Math.exp(-2 * logAcross) / 2];
      const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        const envelope = Math.exp(-s * s * along - t * t * across);
        soft[pixel] = envelope * t;
        sharp[pixel] = envelope * Math.tanh(2 * t);
      }
    },
    differentiate: (
      [theta, logAlong, logAcross, x, y],
      [a, b],
      [soft, sharp],
      [byTheta, byAlong, byAcross, byX, byY],
    ) => {
      const [along, across] = [Math.exp(-2 * logAlong), Math.exp(-2 * logAcross)];
      const [cos, sin] = [Math.cos(theta), Math.sin(theta)];
      for (let pixel = 0; pixel < xs.length; pixel++) {
        const right = xs[pixel] - x;
        const up = ys[pixel] - y;
        const s = right * cos + up * sin;
        const t = up * cos - right * sin;
        const envelope = Math.exp((-s * s * along - t * t * across) / 2);
        const value = a * soft[pixel] + b * sharp[pixel];
        const tanh = Math.tanh(2 * t);
        const byS = -s * along * value;
        const byT = -t * across * value + envelope * (a + 2 * b * (1 - tanh * tanh));
        byTheta[pixel] = byS * t - byT * s;
        byAlong[pixel] = value * s * s * along;
        byAcross[pixel] = value * t * t * across;
        byX[pixel] = -byS * cos + byT * sin;
        byY[pixel] = -byS * sin - byT * cos;
      }
    },
  };
}

/** Bounds of the parameters, and starts in eight directions. */
export function edgeSpace({ rows, columns }: PlaneSize): SearchSpace {
  const size = Math.max(rows, columns);
  const widths = [Math.log(0.6), Math.log(2 * size)];
  const starts = Array.from({ length: 8 }, (_, place) => (place * Math.PI) / 8).flatMap((theta) =>
    [size / 4, size].flatMap((width) =>
      [-1, 0, 1].map((off) => {
        const log = Math.min(widths[1], Math.max(widths[0], Math.log(width)));
        return [theta, log, log, (-off * Math.sin(theta) * columns) / 5, (off * Math.cos(theta) * rows) / 5];
      }),
    ),
  );
  return {
    least: [-2 * Math.PI, widths[0], widths[0], -columns / 2, -rows / 2],
    most: [3 * Math.PI, widths[1], widths[1], columns / 2, rows / 2],
    starts,
  };
}
