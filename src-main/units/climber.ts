import { CHANNELS } from '../network/network.ts';
import type { Window } from '../network/receptive-field.ts';
import { RandomStream } from '../random.ts';
import { Preconditioner } from './preconditioner.ts';

interface ClimberOptions {
  /** Rows and columns of the image. */
  readonly side: number;
  /** The part of the image that the unit sees. */
  readonly window: Window;
  /** What is subtracted from images, [3, side, side]; absent: mid-grey. */
  readonly mean?: Float32Array;
  /** By which the difference is multiplied then: factors of red, green and blue. */
  readonly scales: readonly number[];
  /** Name of the random streams. */
  readonly name: readonly (string | number)[];
}

/** Standard deviation of the initial noise, in grey levels. */
const NOISE = 16;
/** Share of the picture that each step takes away: L2 decay towards the mean image (Yosinski et al. 2015, section 3.1). */
const DECAY = 0.01;
/** The largest jitter (Olah et al. 2017, "transformation robustness") and the widest blur, in sides of the window. */
const JITTER = 1 / 16;
const WIDEST = 1 / 8;
const GREY = 128;

/** One picture that climbs a gradient, and can be displayed at any time. */
export class Climber {
  readonly #options: ClimberOptions;
  readonly #preconditioner: Preconditioner;
  /** [3, side, side]: grey levels above the mean. */
  readonly #values: Float32Array;

  constructor(options: ClimberOptions) {
    const { side, window, name } = options;
    this.#options = options;
    this.#preconditioner = new Preconditioner(side, WIDEST * Math.max(window.rows, window.columns));
    const random = new RandomStream('visualisation', ...name);
    const noise = Float32Array.from({ length: CHANNELS * side * side }, () => random.gaussian());
    this.#values = this.#preconditioner.apply(noise);
    this.#multiply(NOISE / (this.#rootMeanSquare(this.#values) || 1));
    this.#clip();
  }

  /** Pixels down and to the right by which the network sees the picture at a step. */
  jitter(step: number): { down: number; along: number } {
    const { window, name } = this.#options;
    const most = Math.floor(JITTER * Math.max(window.rows, window.columns));
    const random = new RandomStream('visualisation', ...name, 'jitter', step);
    return { down: random.integer(2 * most + 1) - most, along: random.integer(2 * most + 1) - most };
  }

  /** Writes the picture to `into`, [3, side, side], moved by the jitter, with zeros where it leaves a gap, times the factors of channels. */
  show(into: Float32Array, { down, along } = { down: 0, along: 0 }): void {
    const { side, scales } = this.#options;
    move(this.#values, into, side, down, along);
    for (let place = 0; place < into.length; place++) into[place] *= scales[Math.floor(place / side ** 2)];
  }

  /**
   * A step uphill.
   *
   * @param gradient by the picture as it was shown with this jitter
   * @param size root mean square of the step within the window, in grey levels
   */
  climb(gradient: Float32Array, { down, along }: { down: number; along: number }, size: number): void {
    const { side, scales } = this.#options;
    const back = new Float32Array(gradient.length);
    move(gradient, back, side, -down, -along);
    // By grey levels instead of scaled values. Only how channels differ matters, because steps have a given size.
    const largest = Math.max(...scales);
    for (let place = 0; place < back.length; place++) back[place] *= scales[Math.floor(place / side ** 2)] / largest;
    const direction = this.#preconditioner.apply(back);
    const length = this.#rootMeanSquare(direction);
    this.#multiply(1 - DECAY);
    // Without a gradient the picture fades to the mean.
    if (length > 0 && Number.isFinite(length))
      for (let place = 0; place < direction.length; place++) this.#values[place] += (size / length) * direction[place];
    this.#clip();
  }

  /** The window of the picture as [rows, columns, 3] bytes. From then on the picture is rounded to them. */
  picture(): Uint8Array {
    const { side, window, mean } = this.#options;
    const bytes = new Uint8Array(window.rows * window.columns * CHANNELS);
    for (let place = 0; place < this.#values.length; place++) {
      const level = Math.round(this.#values[place] + (mean ? mean[place] : GREY));
      this.#values[place] = level - (mean ? mean[place] : GREY);
      const [channel, row, column] = [Math.floor(place / side ** 2), Math.floor(place / side) % side, place % side];
      const [down, along] = [row - window.top, column - window.left];
      if (down < 0 || along < 0 || down >= window.rows || along >= window.columns) continue;
      bytes[(down * window.columns + along) * CHANNELS + channel] = level;
    }
    return bytes;
  }

  #multiply(factor: number): void {
    for (let place = 0; place < this.#values.length; place++) this.#values[place] *= factor;
  }

  /** Limits the picture to levels from black to white. */
  #clip(): void {
    const { mean } = this.#options;
    for (let place = 0; place < this.#values.length; place++) {
      const middle = mean ? mean[place] : GREY;
      this.#values[place] = Math.min(255 - middle, Math.max(-middle, this.#values[place]));
    }
  }

  #rootMeanSquare(values: Float32Array): number {
    const { side, window } = this.#options;
    let sum = 0;
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let row = window.top; row < window.top + window.rows; row++) {
        const first = (channel * side + row) * side + window.left;
        for (let place = first; place < first + window.columns; place++) sum += values[place] ** 2;
      }
    return Math.sqrt(sum / Math.max(1, CHANNELS * window.rows * window.columns));
  }
}

function move(from: Float32Array, to: Float32Array, side: number, down: number, along: number): void {
  to.fill(0);
  const start = Math.max(0, -along);
  const columns = side - Math.abs(along);
  for (let channel = 0; channel < CHANNELS; channel++)
    for (let row = Math.max(0, -down); row < Math.min(side, side - down); row++) {
      const source = (channel * side + row) * side + start;
      to.set(from.subarray(source, source + columns), source + down * side + along);
    }
}
