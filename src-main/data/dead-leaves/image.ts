import { RandomStream } from '../../random.ts';
import { DEAD_LEAVES_CLASSES, type DeadLeavesClass } from './classes.ts';
import { drawColour, drawPalette, type Colour } from './palette.ts';

/** Samples per pixel and direction: smooth edges. */
const SAMPLES = 2;
/** Radius of the smallest leaf, in pixels. */
const SMALLEST = 3;
/** Radius of the largest leaf, in image sizes. */
const LARGEST = 0.5;
const PALETTE_COLOURS = 3;
/** The unit of textures is the geometric mean of the leaf's radius and this many pixels: small leaves show theirs too. */
const GRAIN = 8;
/** Leaves and textures stand upright, give or take this angle in radians: as under gravity, directions are not all alike. */
const TILT = 0.3;

export interface DeadLeafImageOptions {
  readonly seed: number;
  /** A position in `DEAD_LEAVES_CLASSES`. */
  readonly classIndex: number;
  /** Which image of the class; the image does not depend on how many others there are. */
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
  /** The same of the texture's, each divided by the texture's unit in samples. */
  readonly grain: Turn;
  readonly dark: Colour;
  readonly light: Colour;
}

/** What all leaves of an image have in common. */
interface Scene {
  readonly kind: DeadLeavesClass;
  readonly size: number;
  readonly palette: readonly Colour[];
  /** How far the two colours of a texture lie apart, in octaves of brightness. */
  readonly contrast: number;
  readonly smallest: number;
  readonly largest: number;
}

/**
 * One image of the dead leaves model: opaque shapes at random places, their radii distributed as r^-3, which makes the
 * image statistics scale invariant, as those of natural images are (Ruderman 1997; Lee, Mumford and Huang 2001).
 * Painted front to back, a new leaf going behind all others, until every sample is covered: the stationary state.
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
  return develop(canvas, size, stream);
}

function drawLeaf(stream: RandomStream, { size, smallest, largest, palette, contrast, kind }: Scene): Leaf {
  // Leaves are uniform over the plane. Those of radius r that can touch the image have their centres in a square of side
  // size + 2 reach r: radii are drawn by r^-3 (inverse distribution function) and kept in proportion to its area.
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

/** Fades a texture out where its period, given in samples, comes near the two pixels that can show it. */
function visibility(period: number): number {
  const pixels = period / SAMPLES;
  return period === 0 ? 1 : Math.min(1, Math.max(0, (pixels - 1.5) / 1.5));
}

/** Samples of an image, three colours each, row-major; knows which are still uncovered. */
class Canvas {
  readonly size: number;
  readonly samples: Float32Array;
  readonly #covered: Uint8Array;
  uncovered: number;

  constructor(size: number) {
    this.size = size;
    this.uncovered = size * size;
    this.samples = new Float32Array(3 * this.uncovered);
    this.#covered = new Uint8Array(this.uncovered);
  }

  /** Paints a leaf behind everything that is there. */
  paint({ x, y, radius, outline, grain, dark, light }: Leaf, { shape, texture }: DeadLeavesClass): void {
    const { size, samples } = this;
    const covered = this.#covered;
    const reach = radius * shape.reach;
    const last = size - 1;
    const left = Math.max(0, Math.ceil(x - reach));
    const right = Math.min(last, Math.floor(x + reach));
    const bottom = Math.min(last, Math.floor(y + reach));
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= bottom; row++) {
      const dy = row - y;
      for (let column = left; column <= right; column++) {
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
    }
  }
}

/** From samples to pixels: the mean of each pixel's samples, light that falls off to one side, and a little noise. */
function develop({ samples, size: side }: Canvas, size: number, stream: RandomStream): Uint8Array {
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
        pixels[(channel * size + row) * size + column] = Math.min(255, Math.max(0, Math.round(expose(value))));
      }
    }
  }
  return pixels;
}

/** Film's shoulder: values up to 160 as they are, brighter ones bent towards 255 instead of cut off. */
function expose(value: number): number {
  return value < 160 ? value : 255 - 95 * Math.exp((160 - value) / 95);
}
