import type { RandomStream } from '../../random.ts';
import type { PlaneSize } from '../bank.ts';

/** A complex number for each frequency of a plane's discrete Fourier transform, [rows, columns], the zero first. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The discrete Fourier transform of a plane, along its rows and then its columns. */
export const fourierOf = (values: Float64Array, size: PlaneSize): Spectrum =>
  transformed({ re: values, im: new Float64Array(values.length) }, size, -1);

/** The plane of a spectrum, whose imaginary part is left out. */
export function imageOf(spectrum: Spectrum, size: PlaneSize): Float64Array {
  const { re } = transformed(spectrum, size, 1);
  return re.map((value) => value / re.length);
}

function transformed(spectrum: Spectrum, { rows, columns }: PlaneSize, sign: 1 | -1): Spectrum {
  const across = along(spectrum, { lines: rows, length: columns, between: columns, step: 1 }, sign);
  return along(across, { lines: columns, length: rows, between: 1, step: columns }, sign);
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** Places from one line to the next, and from one value of a line to the next. */
  readonly between: number;
  readonly step: number;
}

function along({ re, im }: Spectrum, { lines, length, between, step }: Lines, sign: 1 | -1): Spectrum {
  const into: Spectrum = { re: new Float64Array(re.length), im: new Float64Array(im.length) };
  const turns = Array.from({ length }, (_, turn) => (sign * 2 * Math.PI * turn) / length);
  const [cos, sin] = [turns.map(Math.cos), turns.map(Math.sin)];
  for (let line = 0; line < lines; line++)
    for (let frequency = 0; frequency < length; frequency++) {
      let [sumRe, sumIm] = [0, 0];
      for (let place = 0; place < length; place++) {
        const from = line * between + place * step;
        const turn = (frequency * place) % length;
        sumRe += re[from] * cos[turn] - im[from] * sin[turn];
        sumIm += re[from] * sin[turn] + im[from] * cos[turn];
      }
      into.re[line * between + frequency * step] = sumRe;
      into.im[line * between + frequency * step] = sumIm;
    }
  return into;
}

/**
 * A spectrum of normal noise of variance 1 that belongs to a real plane: opposite frequencies are conjugate.
 *
 * @param phases whether every number has length 1, so that only phases are random
 */
export function symmetricNoise({ rows, columns }: PlaneSize, random: RandomStream, phases: boolean): Spectrum {
  const into: Spectrum = { re: new Float64Array(rows * columns), im: new Float64Array(rows * columns) };
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const place = row * columns + column;
      const opposite = ((rows - row) % rows) * columns + ((columns - column) % columns);
      if (opposite < place) continue;
      const [one, other] = [random.gaussian(), random.gaussian()];
      const itself = opposite === place;
      const length = phases ? (itself ? Math.abs(one) : Math.hypot(one, other)) || 1 : itself ? 1 : Math.SQRT2;
      const [re, im] = [one / length, itself ? 0 : other / length];
      into.re[place] = into.re[opposite] = re;
      into.im[place] = im;
      if (!itself) into.im[opposite] = -im;
    }
  return into;
}
