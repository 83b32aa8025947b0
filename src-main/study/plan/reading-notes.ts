import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Protocol } from './protocol.ts';

/** A sentence for each set whose images are resampled when they are read. */
export function readingNotes(
  { network, sourceSet }: Pick<Protocol, 'network' | 'sourceSet'>,
  data: Pick<ImageSetIndex, 'name' | 'size'>,
): string[] {
  const { imageSize } = network.training;
  return [sourceSet ?? [], data].flat().flatMap(({ name, size }) => {
    if (imageSize === undefined || imageSize === size) return [];
    const done = size < imageSize ? 'enlarged' : 'reduced';
    return `Images of ${name} are stored at ${size} x ${size} pixels and ${done} to ${imageSize} x ${imageSize} as they are read.`;
  });
}
