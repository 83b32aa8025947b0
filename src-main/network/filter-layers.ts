import type { Network } from './network.ts';

/** A layer whose filters can be looked at as pictures. */
export interface FilterLayer {
  readonly layer: string;
  /** Name of its kernels among the network's parameters. */
  readonly parameter: string;
  /** The layer n that it belongs to. */
  readonly n: number;
  /** Whether each filter reads one channel alone. Otherwise it is the stem, which reads the image. */
  readonly depthwise: boolean;
  /** [filters, channels, rows, columns] */
  readonly shape: readonly number[];
}

/** The stem, if it is a convolution, and all depthwise convolutions of more than one pixel, from below. */
export function filterLayers({ layers, parameters }: Pick<Network, 'layers' | 'parameters'>): FilterLayer[] {
  return parameters.flatMap(({ name, layer, role, shape, n }, place) => {
    if (role !== 'weight' || shape.length !== 4) return [];
    const found = layers.find((one) => one.name === layer)!;
    const { spec, input } = found;
    const depthwise = spec.type === 'conv' && spec.groups > 1 && spec.groups === input[0] && shape[2] * shape[3] > 1;
    if (place > 0 && !depthwise) return [];
    return [{ layer, parameter: name, n, depthwise: place > 0, shape }];
  });
}
