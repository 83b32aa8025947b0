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
