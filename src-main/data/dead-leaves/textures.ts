/** A pattern on a leaf: a tone in [-1, 1] at each point, from the leaf's dark colour to its light one. */
export interface Texture {
  readonly name: string;
  /**
   * Length of one repetition, in the texture's units. 0 means that it does not repeat; its unit is the leaf's radius.
   */
  readonly period: number;
  /** `v` points upwards. */
  tone(u: number, v: number): number;
}

/** Textures of soft and round things. */
export const ROUND_TEXTURES: readonly Texture[] = [shaded(), dotted(0.8), ringed(0.6), wavy(0.8), mottled()];
/** Textures of straight edges. */
export const ANGULAR_TEXTURES: readonly Texture[] = [plain(), striped(0.7), checked(1), gridded(0.75), zigzag(0.9)];

/** A ball lit from above. */
function shaded(): Texture {
  return { name: 'shaded', period: 0, tone: (u, v) => clamp(0.35 + 1.1 * v - 0.55 * (u * u + v * v)) };
}

/** Light round dots on a dark ground, in a square grid. */
function dotted(period: number): Texture {
  return {
    name: 'dotted',
    period,
    tone: (u, v) => {
      const x = u / period - Math.round(u / period);
      const y = v / period - Math.round(v / period);
      return clamp(12 * (0.38 - Math.sqrt(x * x + y * y)));
    },
  };
}

/** Circles around the leaf's centre. */
function ringed(period: number): Texture {
  return { name: 'ringed', period, tone: (u, v) => clamp(3 * wave(Math.sqrt(u * u + v * v) / period)) };
}

/** Horizontal stripes that undulate. */
function wavy(period: number): Texture {
  return {
    name: 'wavy',
    period,
    tone: (u, v) => clamp(3 * wave(v / period + 0.35 * Math.sin((Math.PI * u) / period))),
  };
}

/** Soft blots: two plane waves, each bent by another. */
function mottled(): Texture {
  const turns = 2 * Math.PI;
  return {
    name: 'mottled',
    period: 1.2,
    tone: (u, v) => {
      const across = Math.sin(turns * 0.8 * u + 1.3 * Math.sin(turns * 0.64 * v));
      const upwards = Math.sin(turns * 0.88 * v + 1.7 * Math.sin(turns * 0.7 * u + 1));
      return clamp(1.2 * (across + upwards));
    },
  };
}

function plain(): Texture {
  return { name: 'plain', period: 0, tone: () => 0 };
}

/** Vertical stripes as wide as the gaps between them. */
function striped(period: number): Texture {
  return { name: 'striped', period, tone: (u) => clamp(3 * wave(u / period)) };
}

/** A chessboard. `period` is the width of two fields. */
function checked(period: number): Texture {
  return { name: 'checked', period, tone: (u, v) => clamp(9 * wave(u / period) * wave(v / period)) };
}

/** Horizontal and vertical light bars around dark windows. */
function gridded(period: number): Texture {
  return {
    name: 'gridded',
    period,
    tone: (u, v) => clamp(6 * (Math.max(wave(u / period), wave(v / period)) - 0.45)),
  };
}

/** Vertical stripes that bend left and right. */
function zigzag(period: number): Texture {
  return {
    name: 'zigzag',
    period,
    tone: (u, v) => clamp(3 * wave(u / period + 0.45 * wave(v / (1.2 * period)))),
  };
}

/** A triangle wave: 1 at whole numbers, -1 half-way between them. */
function wave(x: number): number {
  return 1 - 4 * Math.abs(x - Math.round(x));
}

function clamp(x: number): number {
  return x < -1 ? -1 : x > 1 ? 1 : x;
}

/**
 * Outlines of leaves. Coordinates are in units of the leaf's radius; each shape has the area of the unit disc, so that
 * classes differ in form and not in how much of the image a leaf covers.
 */
export interface Shape {
  readonly name: string;
  /** Radius of the smallest circle round the origin that holds the shape. */
  readonly reach: number;
  inside(u: number, v: number): boolean;
}

/** Shapes with curved outlines. */
export const ROUND_SHAPES: readonly Shape[] = [disc(), ring(0.55)];
/** Shapes with straight edges and corners. */
export const ANGULAR_SHAPES: readonly Shape[] = [rectangle('square', 1), rectangle('bar', 4.5)];

function disc(): Shape {
  return { name: 'disc', reach: 1, inside: (u, v) => u * u + v * v < 1 };
}

/** A disc with a hole whose radius is `hole` times the disc's. */
function ring(hole: number): Shape {
  const outer = 1 / (1 - hole * hole);
  const inner = hole * hole * outer;
  return {
    name: 'ring',
    reach: Math.sqrt(outer),
    inside: (u, v) => {
      const squared = u * u + v * v;
      return squared < outer && squared > inner;
    },
  };
}

/** A rectangle, `aspect` times as long as wide. */
function rectangle(name: string, aspect: number): Shape {
  const half = Math.sqrt(Math.PI * aspect) / 2;
  const width = half / aspect;
  return {
    name,
    reach: Math.hypot(half, width),
    inside: (u, v) => Math.abs(u) < half && Math.abs(v) < width,
  };
}
