import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { NetworkSpec } from '../../network/spec.ts';

/** Zeros around an image, in sides of it: 4 of 32 pixels, as is usual (He et al. 2015, arXiv 1512.03385, section 4.2). */
const PADDING = 1 / 8;
const MOST_PADDING = 64;

/** A network that reads so many rows and columns, with the same weights. Throws a UserError where it can't. */
export function withInput(network: NetworkSpec, inputSize = network.inputSize): NetworkSpec {
  if (inputSize === network.inputSize) return network;
  const { imageSize, ...training } = network.training;
  const scaled = imageSize && Math.round((imageSize * inputSize) / network.inputSize);
  const changed = { ...network, inputSize, training: { ...training, ...(scaled && { imageSize: scaled }) } };
  if (!haveSameShapes(network, changed))
    throw new UserError(
      `${network.name} can't read ${inputSize} x ${inputSize} pixels: its weights are for ${network.inputSize} x ${network.inputSize}.`,
      { usage: true },
    );
  return changed;
}

function haveSameShapes(one: NetworkSpec, other: NetworkSpec): boolean {
  const shapes = (network: NetworkSpec) => resolveNetwork(network, 2).parameters.map(({ shape }) => shape.join());
  try {
    return shapes(one).join(';') === shapes(other).join(';');
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/**
 * A file's network as it reads images that are stored at `size`: those larger than its input are cropped as the file says that
 * it was tested; others are resampled to the input, with padding for random crops.
 */
export function asItsFileSays(network: NetworkSpec, size: number): NetworkSpec {
  const { inputSize, training } = network;
  const { imageSize: wanted, ...plain } = training;
  const reading = (imageSize: number, cropPadding: number): NetworkSpec => ({
    ...network,
    training: { ...plain, cropPadding, ...(imageSize !== size && { imageSize }) },
  });
  if (wanted !== undefined && size > inputSize) return reading(Math.min(wanted, size), 0);
  return reading(inputSize, Math.min(MOST_PADDING, plain.cropPadding || Math.round(inputSize * PADDING)));
}

/** A network as it reads two sets of images alike: where they are stored at different sizes, they are resampled to its own. */
export const alike = (network: NetworkSpec, size: number, other = size): NetworkSpec =>
  size === other ? network : { ...network, training: { ...network.training, imageSize: storedSize(network) } };

/**
 * Rows and columns to store images at for a network: its input, or more where crops are taken from within the image, in
 * the paper's proportion of 256 to 227.
 */
export function storedSize({ inputSize, training: { imageSize, cropPadding } }: NetworkSpec): number {
  return imageSize ?? (cropPadding > 0 ? inputSize : Math.round((inputSize * 256) / 227));
}
