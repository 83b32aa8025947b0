import { IMAGENET } from '../families/pixels.ts';
import type { Pixels } from '../network-of-file.ts';
import type { Scaling } from './value.ts';

const BRIGHTEST = 255;
/** Deviations below this are of pixels from 0 to 1, above it of those from 0 to 255: .229 and 58.4, .5 and 127.5. */
const OF_BYTES = 8;

interface Found {
  readonly pixels: Pixels;
  readonly notes: readonly string[];
}

/** What a graph's pixels are: its own scaling before the first layer, or what networks of its exporter usually read. */
export function pixelsOf(scaling: Scaling | undefined, size: number, channelsLast: boolean, isByte: boolean): Found {
  const isPlain =
    !scaling || (scaling.factor.every((factor) => factor === 1) && scaling.term.every((term) => term === 0));
  if (isPlain && isByte) return { pixels: { mean: [0, 0, 0], deviation: [1, 1, 1], size, from: 'file' }, notes: [] };
  if (isPlain) return assumed(size, channelsLast);
  const deviations = scaling.factor.map((factor) => 1 / factor);
  const isOfBytes = isByte || Math.max(...deviations) >= OF_BYTES;
  const unit = isOfBytes ? 1 : BRIGHTEST;
  const three = (values: readonly number[]): [number, number, number] => [
    values[0],
    values[1] ?? values[0],
    values[2] ?? values[0],
  ];
  const pixels: Pixels = {
    mean: three(scaling.term.map((term, channel) => (-term / scaling.factor[channel]) * unit + 0)),
    deviation: three(deviations.map((deviation) => deviation * unit)),
    ...{ size, from: 'file' },
  };
  const range = isOfBytes ? 'from 0 to 255' : 'divided by 255 before it';
  return {
    pixels,
    notes: isByte
      ? []
      : [`The file scales pixels itself, by numbers that are meant for pixels ${range}, which is assumed.`],
  };
}

function assumed(size: number, channelsLast: boolean): Found {
  const half = { mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] } as const;
  return channelsLast
    ? {
        pixels: { ...half, size, from: 'assumed' },
        notes: ["The file doesn't say how pixels are scaled; -1 to 1 is taken, as most networks of Keras read them."],
      }
    : {
        pixels: { ...IMAGENET, size, from: 'assumed' },
        notes: ["The file doesn't say how pixels are scaled; ImageNet's mean and deviation are taken."],
      };
}
