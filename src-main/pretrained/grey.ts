import type { Tensor } from '../network/weights.ts';

/** Shares of red, green and blue in grey (ITU-R BT.601), as image libraries take them. */
export const GREY = [0.299, 0.587, 0.114] as const;

/** What is to be said of a network whose first convolution was given colours. */
export const MADE_GREY = 'It reads grey images; here it makes them of colours itself.';

/** A convolution's weights [filters, 1, ...kernel] of grey images as [filters, 3, ...kernel], which read the grey of colours. */
export function inColour({ shape: [filters, , ...kernel], data }: Tensor): Tensor {
  const size = kernel.reduce((product, side) => product * side, 1);
  const coloured = new Float32Array(GREY.length * data.length);
  for (let filter = 0; filter < filters; filter++)
    for (const [channel, share] of GREY.entries())
      for (let at = 0; at < size; at++)
        coloured[(GREY.length * filter + channel) * size + at] = share * data[filter * size + at];
  return { shape: [filters, GREY.length, ...kernel], data: coloured };
}
