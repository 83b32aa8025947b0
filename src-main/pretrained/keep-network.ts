import { basename } from 'node:path';
import type { Pretrained } from '../common/protocol-parts.ts';
import { resolveNetwork } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { NetworkOfFile } from './network-of-file.ts';
import { keepWeights } from './store.ts';

/** A file's network in a home: what a study is made from. */
export interface KeptNetwork {
  /** It reads pixels as its weights expect them, and images as large as its file says. */
  readonly network: NetworkSpec;
  /** Its weights, own head and all. */
  readonly pretrained: Pretrained;
  /** What was assumed or left out, a sentence each. */
  readonly notes: readonly string[];
}

/** Longest names of what is shown of a file; those of hostile files end there. */
const MOST_LETTERS = 200;

/** Copies all weights of a file's network into the home, as a checkpoint under the hash of its content. */
export async function keepNetwork(
  { spec, classes, classNames, weights, pixels, origin, licence, notes }: NetworkOfFile,
  file: string,
  home: string,
): Promise<KeptNetwork> {
  const sha256 = await keepWeights(home, weights);
  const { mean, deviation, size, crop = 1 } = pixels;
  const imageSize = Math.round(size / crop);
  const training = {
    ...{ ...spec.training, inputScale: 1, pixels: { mean, deviation } },
    ...(imageSize > size && { imageSize }),
  };
  return {
    network: { ...spec, inputSize: size, training },
    pretrained: {
      sha256,
      name: basename(file).slice(0, MOST_LETTERS),
      layers: resolveNetwork(spec, 2).depth - 1,
      head: { classes, ...(classNames && { names: classNames }) },
      origin: origin.slice(0, MOST_LETTERS),
      ...(licence !== undefined && { licence: licence.slice(0, MOST_LETTERS) }),
    },
    notes,
  };
}
