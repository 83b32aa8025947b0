import { basename } from 'node:path';
import { filterLayers, type FilterLayer } from '../../network/filter-layers.ts';
import type { Tensor } from '../../network/weights.ts';
import { UserError } from '../../errors.ts';
import { networkNamed } from '../answers/network.ts';
import { fileHash } from '../../process/file-hash.ts';

/** The filters of a network in a file: of its stem and of its depthwise layers. */
export interface FileFilters {
  /** SHA-256 of the file. */
  readonly key: string;
  /** The file's name. */
  readonly name: string;
  readonly layers: readonly (FilterLayer & { readonly weight: Tensor })[];
}

/** Reads a network's file as data. Throws a UserError if it can't be read, or has no filters to look at. */
export async function filtersOfFile(file: string): Promise<FileFilters> {
  const { network, weights } = await networkNamed({ file });
  const name = basename(file);
  const layers = filterLayers(network).map((layer) => {
    const { shape, data } = weights.get(layer.parameter)!;
    return { ...layer, weight: { shape: [...shape], data: Float32Array.from(data) } };
  });
  if (layers.length === 0)
    throw new UserError(
      `The network ${name} has no filters to look at: it begins with no convolution, and has no depthwise ones.`,
      { usage: true },
    );
  return { key: await fileHash(file), name, layers };
}
