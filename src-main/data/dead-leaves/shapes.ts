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

/** Solid of circles and curves. */
export const ROUND_SHAPES: readonly Shape[] = [disc(), ellipse(1.55), ring(0.55), flower(0.38), crescent(0.9)];
/** Solid of straight edges and corners. */
export const ANGULAR_SHAPES: readonly Shape[] = [triangle(), square(), bar(4.5), star(2.4), cross(1 / 3)];

function disc(): Shape {
  return { name: 'disc', reach: 1, inside: (u, v) => u * u + v * v < 1 };
}

/** Semi-axes `stretch` and 1 / `stretch`. */
function ellipse(stretch: number): Shape {
  const squared = stretch * stretch;
  return { name: 'ellipse', reach: stretch, inside: (u, v) => (u * u) / squared + v * v * squared < 1 };
}

/** A disc with a hole of `hole` times its radius. */
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

/** Five petals: radius R (1 + depth cos 5 theta), whose area is pi R^2 (1 + depth^2 / 2). */
function flower(depth: number): Shape {
  const radius = 1 / Math.sqrt(1 + (depth * depth) / 2);
  return {
    name: 'flower',
    reach: radius * (1 + depth),
    inside: (u, v) => {
      const u2 = u * u;
      const v2 = v * v;
      const squared = u2 + v2;
      const length = Math.sqrt(squared);
      // Re (u + iv)^5 = length^5 cos 5 theta
      const fifth = u * (u2 * u2 - 10 * u2 * v2 + 5 * v2 * v2);
      return length * squared * squared < radius * (squared * squared + (depth * fifth) / (length + 1e-12));
    },
  };
}

/** A disc without a second, equal disc `shift` radii away. */
function crescent(shift: number): Shape {
  const overlap = 2 * Math.acos(shift / 2) - (shift / 2) * Math.sqrt(4 - shift * shift);
  const radius = Math.sqrt(Math.PI / (Math.PI - overlap));
  const squared = radius * radius;
  return {
    name: 'crescent',
    reach: radius,
    inside: (u, v) => u * u + v * v < squared && (u - shift * radius) ** 2 + v * v > squared,
  };
}

/** Equilateral. */
function triangle(): Shape {
  const radius = Math.sqrt((4 * Math.PI) / (3 * Math.sqrt(3)));
  const slope = Math.sqrt(3) / 2;
  return {
    name: 'triangle',
    reach: radius,
    inside: (u, v) => v > -radius / 2 && slope * Math.abs(u) + v / 2 < radius / 2,
  };
}

function square(): Shape {
  const half = Math.sqrt(Math.PI) / 2;
  return {
    name: 'square',
    reach: half * Math.SQRT2,
    inside: (u, v) => Math.abs(u) < half && Math.abs(v) < half,
  };
}

/** A rectangle `aspect` times as long as wide. */
function bar(aspect: number): Shape {
  const half = Math.sqrt(Math.PI * aspect) / 2;
  const width = half / aspect;
  return {
    name: 'bar',
    reach: Math.hypot(half, width),
    inside: (u, v) => Math.abs(u) < half && Math.abs(v) < width,
  };
}

/** Four points: max + sharpness min < R, whose area is 4 R^2 / (1 + sharpness). */
function star(sharpness: number): Shape {
  const radius = Math.sqrt((Math.PI * (1 + sharpness)) / 4);
  return {
    name: 'star',
    reach: radius,
    inside: (u, v) => {
      const x = Math.abs(u);
      const y = Math.abs(v);
      return x > y ? x + sharpness * y < radius : y + sharpness * x < radius;
    },
  };
}

/** Two bars of `width` times their length at right angles: area 4 a^2 (2 width - width^2), a half the length. */
function cross(width: number): Shape {
  const half = Math.sqrt(Math.PI / (4 * (2 * width - width * width)));
  const arm = half * width;
  return {
    name: 'cross',
    reach: Math.hypot(half, arm),
    inside: (u, v) => {
      const x = Math.abs(u);
      const y = Math.abs(v);
      return x > y ? x < half && y < arm : y < half && x < arm;
    },
  };
}
