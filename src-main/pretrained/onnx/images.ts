import type { Value } from './value.ts';

/** The images with each channel scaled once more: x * factor + term. */
export function scaledImages(value: Value, factor: readonly number[], term: readonly number[]): Value | undefined {
  const { scaling } = value;
  if (!scaling || !factor.every((one) => Number.isFinite(one) && one > 0) || !term.every(Number.isFinite))
    return undefined;
  return {
    ...value,
    scaling: {
      factor: scaling.factor.map((one, channel) => one * factor[channel]),
      term: scaling.term.map((one, channel) => one * factor[channel] + term[channel]),
    },
  };
}
