import { RandomStream } from '../../random.ts';
import {
  ANGULAR_SHAPES,
  ANGULAR_TEXTURES,
  ROUND_SHAPES,
  ROUND_TEXTURES,
  type Shape,
  type Texture,
} from './textures.ts';

export interface DeadLeavesClass {
  /** Shape and texture, such as `disc-shaded` or `square-striped`. */
  readonly name: string;
  /**
   * The family. The two share neither a shape nor a texture, so they make a "dissimilar" split (paper, section 4.2).
   */
  readonly group: 'round' | 'angular';
  readonly shape: Shape;
  readonly texture: Texture;
}

/** The twenty classes: two families, each of two shapes times five textures. */
export const DEAD_LEAVES_CLASSES: readonly DeadLeavesClass[] = [
  ...family('round', ROUND_SHAPES, ROUND_TEXTURES),
  ...family('angular', ANGULAR_SHAPES, ANGULAR_TEXTURES),
];

function family(
  group: DeadLeavesClass['group'],
  shapes: readonly Shape[],
  textures: readonly Texture[],
): DeadLeavesClass[] {
  return shapes.flatMap((shape) =>
    textures.map((texture) => ({ name: `${shape.name}-${texture.name}`, group, shape, texture })),
  );
}

/** Samples per pixel in each direction, so that edges are smooth. */
const SAMPLES = 2;
/** Radius of the smallest leaf, in pixels. */
const SMALLEST = 3;
/** Radius of the largest leaf, as a fraction of the image's side. */
const LARGEST = 0.5;
const PALETTE_COLOURS = 3;
/**
 * The unit of a texture is the geometric mean of the leaf's radius and this many pixels, so that textures can be seen
 * on small leaves too.
 */
const GRAIN = 8;
/**
 * Leaves and textures are tilted by at most this angle, in radians: in natural images, too, directions are not all
 * alike.
 */
const TILT = 0.3;

export interface DeadLeafImageOptions {
  readonly seed: number;
  /** A position in `DEAD_LEAVES_CLASSES`. */
  readonly classIndex: number;
  /** Number of the image within its class. The image does not depend on how many others are made. */
  readonly number: number;
  /** Rows and columns. */
  readonly size: number;
}

type Turn = readonly [cosine: number, sine: number];

interface Leaf {
  /** Centre and radius in samples. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Cosine and sine of the outline's tilt. */
  readonly outline: Turn;
  /** Cosine and sine of the texture's tilt, divided by the texture's unit in samples. */
  readonly grain: Turn;
  readonly dark: Colour;
  readonly light: Colour;
}

/** What all leaves of an image share. */
interface Scene {
  readonly kind: DeadLeavesClass;
  readonly size: number;
  readonly palette: readonly Colour[];
  /** How far the brightness of either colour of a texture is from their middle, in octaves. */
  readonly contrast: number;
  readonly smallest: number;
  readonly largest: number;
}

/**
 * One image of the dead leaves model: opaque shapes at random places. Their radii are distributed as r^-3, which makes
 * the image statistics scale invariant, like those of natural images (Ruderman 1997; Lee, Mumford and Huang 2001).
 * Leaves are painted from front to back until every sample is covered, which gives the stationary state of the model.
 *
 * Returns the pixels, planar [3, size, size], red first. The same options give the same bytes.
 */
export function deadLeafImage({ seed, classIndex, number, size }: DeadLeafImageOptions): Uint8Array {
  const kind = DEAD_LEAVES_CLASSES[classIndex];
  const stream = new RandomStream(seed, 'dead leaves', kind.name, size, number);
  const side = size * SAMPLES;
  const scene: Scene = {
    kind,
    size: side,
    palette: drawPalette(stream, PALETTE_COLOURS),
    contrast: 0.75 + 0.4 * stream.uniform(),
    smallest: SMALLEST * SAMPLES,
    largest: Math.max(LARGEST * side, 2 * SMALLEST * SAMPLES),
  };
  const canvas = new Canvas(side);
  while (canvas.uncovered > 0) canvas.paint(drawLeaf(stream, scene), kind);
  return toPixels(canvas, size, stream);
}

function drawLeaf(stream: RandomStream, { size, smallest, largest, palette, contrast, kind }: Scene): Leaf {
  // Leaves are uniform over the plane. Those of radius r that can touch the image have their centres in a square of
  // side size + 2 reach r. So radii are drawn from r^-3 by the inverse distribution function and then accepted with a
  // probability in proportion to the area of that square.
  const { reach } = kind.shape;
  const field = (radius: number) => (size + 2 * reach * radius) ** 2;
  const span = 1 - (smallest / largest) ** 2;
  let radius: number;
  do radius = smallest / Math.sqrt(1 - span * stream.uniform());
  while (stream.uniform() * field(largest) > field(radius));
  const place = () => -reach * radius + (size + 2 * reach * radius) * stream.uniform();
  const x = place();
  const y = place();
  const tilt = () => TILT * (2 * stream.uniform() - 1);
  const unit = kind.texture.period === 0 ? radius : Math.sqrt(radius * GRAIN * SAMPLES);
  const colour = drawColour(stream, palette);
  const apart = 2 ** (contrast * visibility(kind.texture.period * unit));
  return {
    x,
    y,
    radius,
    outline: turn(tilt(), 1),
    grain: turn(tilt(), 1 / unit),
    dark: scaled(colour, 1 / apart),
    light: scaled(colour, apart),
  };
}

const turn = (angle: number, length: number): Turn => [length * Math.cos(angle), length * Math.sin(angle)];
const scaled = ([red, green, blue]: Colour, factor: number): Colour => [red * factor, green * factor, blue * factor];

/**
 * The visibility of a texture, 0 to 1: it fades out as its period, in samples, nears the two pixels that can show it.
 */
function visibility(period: number): number {
  const pixels = period / SAMPLES;
  return period === 0 ? 1 : Math.min(1, Math.max(0, (pixels - 1.5) / 1.5));
}

/** The samples of an image, [size, size, 3], and which of them are not covered yet. */
class Canvas {
  readonly size: number;
  readonly samples: Float32Array;
  readonly #covered: Uint8Array;
  /** The first and the last uncovered column of each row: most leaves lie behind others, and are done with at once. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  uncovered: number;

  constructor(size: number) {
    this.size = size;
    this.uncovered = size * size;
    this.samples = new Float32Array(3 * this.uncovered);
    this.#covered = new Uint8Array(this.uncovered);
    this.#first = new Int32Array(size);
    this.#last = new Int32Array(size).fill(size - 1);
  }

  /** Paints a leaf behind all the others. */
  paint({ x, y, radius, outline, grain, dark, light }: Leaf, { shape, texture }: DeadLeavesClass): void {
    const { size, samples } = this;
    const covered = this.#covered;
    const reach = radius * shape.reach;
    const left = Math.ceil(x - reach);
    const right = Math.floor(x + reach);
    const bottom = Math.min(size - 1, Math.floor(y + reach));
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= bottom; row++) {
      const dy = row - y;
      const last = Math.min(right, this.#last[row]);
      for (let column = Math.max(left, this.#first[row]); column <= last; column++) {
        const sample = row * size + column;
        if (covered[sample]) continue;
        const dx = column - x;
        const u = (dx * outline[0] + dy * outline[1]) / radius;
        const v = (dx * outline[1] - dy * outline[0]) / radius;
        if (!shape.inside(u, v)) continue;
        const tone = texture.tone(dx * grain[0] + dy * grain[1], dx * grain[1] - dy * grain[0]);
        const mix = 0.5 + 0.5 * tone;
        for (let channel = 0; channel < 3; channel++)
          samples[3 * sample + channel] = dark[channel] + mix * (light[channel] - dark[channel]);
        covered[sample] = 1;
        this.uncovered -= 1;
      }
      this.#narrow(row);
    }
  }

  #narrow(row: number): void {
    const begin = row * this.size;
    let first = this.#first[row];
    let last = this.#last[row];
    while (first <= last && this.#covered[begin + first]) first += 1;
    while (first <= last && this.#covered[begin + last]) last -= 1;
    this.#first[row] = first;
    this.#last[row] = last;
  }
}

/**
 * Averages the samples of each pixel, dims the light towards one side and adds a little noise. Returns [3, size, size].
 */
function toPixels({ samples, size: side }: Canvas, size: number, stream: RandomStream): Uint8Array {
  const pixels = new Uint8Array(3 * size * size);
  const direction = 2 * Math.PI * stream.uniform();
  const slope = 0.5 * stream.uniform();
  const across = (slope * Math.cos(direction)) / size;
  const down = (slope * Math.sin(direction)) / size;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const light = 1 + across * (column - size / 2) + down * (row - size / 2);
      const noise = 12 * (stream.uniform() + stream.uniform() - 1);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let y = 0; y < SAMPLES; y++)
          for (let x = 0; x < SAMPLES; x++)
            sum += samples[3 * ((row * SAMPLES + y) * side + column * SAMPLES + x) + channel];
        const value = (light * sum) / (SAMPLES * SAMPLES) + noise;
        pixels[(channel * size + row) * size + column] = Math.min(
          255,
          Math.max(0, Math.round(compressHighlights(value))),
        );
      }
    }
  }
  return pixels;
}

/** Leaves values up to 160 as they are and bends brighter ones towards 255, as film does, instead of clipping them. */
function compressHighlights(value: number): number {
  return value < 160 ? value : 255 - 95 * Math.exp((160 - value) / 95);
}

type Colour = readonly [red: number, green: number, blue: number];

/** Colours of landscapes, sRGB 0..255. All classes draw from the same list, so colour says nothing about the class. */
const LANDSCAPE: readonly Colour[] = [
  [74, 103, 48], // leaves
  [124, 144, 74],
  [40, 62, 40], // fir
  [86, 60, 42], // soil
  [126, 92, 62], // bark
  [168, 132, 90],
  [208, 186, 144], // sand
  [142, 140, 132], // stone
  [92, 96, 102],
  [130, 164, 198], // sky
  [186, 206, 222],
  [48, 82, 112], // water
  [178, 82, 56], // rust
  [218, 170, 66], // ochre
  [146, 88, 112], // heather
  [230, 226, 214], // snow
  [34, 34, 40], // shadow
];

/** Draws the few colours that one image is painted in. */
function drawPalette(stream: RandomStream, colours: number): Colour[] {
  return Array.from({ length: colours }, () => LANDSCAPE[stream.integer(LANDSCAPE.length)]);
}

/** Draws a colour of the palette, varies its brightness by a factor exp(0.2 z) with z normal, and its hue a little. */
function drawColour(stream: RandomStream, palette: readonly Colour[]): Colour {
  const [red, green, blue] = palette[stream.integer(palette.length)];
  const light = Math.exp(0.2 * stream.gaussian());
  const warmth = 1 + 0.06 * stream.gaussian();
  return [red * light * warmth, green * light, (blue * light) / warmth];
}
