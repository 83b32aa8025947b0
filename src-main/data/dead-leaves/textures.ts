/**
 * What is drawn on a leaf. Coordinates are in units of the leaf's radius, so textures scale with leaves; the tone, in
 * [-1, 1], goes from the leaf's dark colour to its light one.
 */
export interface Texture {
  readonly name: string;
  /** Length of one repetition in radii: what can't be resolved at a leaf's size is faded out. 0: has no repetition. */
  readonly period: number;
  tone(u: number, v: number): number;
}

/** Smooth, or of round things. */
export const ROUND_TEXTURES: readonly Texture[] = [shaded(), dotted(0.8)];
/** Of straight edges. */
export const ANGULAR_TEXTURES: readonly Texture[] = [striped(0.7), checked(1)];

/** A ball lit from one side (the v axis). */
function shaded(): Texture {
  return {
    name: 'shaded',
    period: 0,
    tone: (u, v) => clamp(0.35 + 1.1 * v - 0.55 * (u * u + v * v)),
  };
}

/** Round dots on a square grid, light on dark. */
function dotted(period: number): Texture {
  return {
    name: 'dotted',
    period,
    tone: (u, v) => {
      const x = u / period - Math.round(u / period);
      const y = v / period - Math.round(v / period);
      return clamp(12 * (0.3 - Math.sqrt(x * x + y * y)));
    },
  };
}

/** Parallel stripes as wide as the gaps between them. */
function striped(period: number): Texture {
  return { name: 'striped', period, tone: (u) => clamp(3 * triangleWave(u / period)) };
}

/** A chessboard; `period` is two fields. */
function checked(period: number): Texture {
  return {
    name: 'checked',
    period,
    tone: (u, v) => clamp(9 * triangleWave(u / period) * triangleWave(v / period)),
  };
}

/** 1 at whole numbers, -1 half-way between, straight lines from one to the other. */
function triangleWave(x: number): number {
  return 1 - 4 * Math.abs(x - Math.round(x));
}

function clamp(x: number): number {
  return x < -1 ? -1 : x > 1 ? 1 : x;
}
