import { canHave, curveName, partsOf } from '../../common/treatments/treatments.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { CountedSet, PlannedData } from './planned-data.ts';
import type { Protocol } from './protocol.ts';

/** Throws a UserError, a usage error, where a protocol can't be carried out with these images. */
export function checkProtocol(protocol: Protocol, set: Pick<PlannedData, 'name' | 'size'>): void {
  checkLayers(protocol);
  checkNeeds(protocol);
  checkSize(protocol, set);
  if (protocol.sourceSet) checkSize(protocol, protocol.sourceSet);
  checkSource(protocol);
  checkPretrained(protocol);
}

function checkLayers(protocol: Protocol): void {
  const { depth } = resolveNetwork(protocol.network, 2);
  for (const n of protocol.layers) {
    if (n >= depth)
      throw new UserError(
        `Layer ${n} can't be chopped: ${protocol.network.name} can be cut at n = 1 to ${depth - 1}.`,
        { usage: true },
      );
  }
}

/** Some treatments change only layers that not every network has. */
function checkNeeds({ network, treatments }: Protocol): void {
  const layers = resolveNetwork(network, 2).layers.map(({ spec, n }) => ({ type: spec.type, n }));
  for (const kind of treatments) {
    const { definition } = partsOf(kind);
    if (!('needs' in definition) || definition.needs === undefined || canHave(definition, layers)) continue;
    const { name } = definition.needs;
    throw new UserError(
      `${curveName({ kind, target: 'B' })} changes only the ${name} of copied layers, and ${network.name} has none that could be copied: leave it out, or choose a network with ${name}.`,
      { usage: true },
    );
  }
}

function checkSize({ network }: Protocol, { name, size }: Pick<PlannedData, 'name' | 'size'>): void {
  if ((network.training.imageSize ?? size) < network.inputSize)
    throw new UserError(
      `Image set "${name}" holds images of ${size}x${size} pixels, but network "${network.name}" reads ${network.inputSize}x${network.inputSize}: import the images again at that size, or choose a network for smaller images.`,
      { usage: true },
    );
}

/** Features come from the other half, another image set, or a file; only to a half can anything be transferred back. */
function checkSource({ data, split, sourceSet, pretrained, bothDirections }: Protocol): void {
  if (sourceSet?.id === data.id)
    throw usageError(
      `Features of ${sourceSet.name} would be used for images that they were learnt from: choose another image set as the source, or split this one into halves.`,
    );
  if (split.kind === 'whole' && !sourceSet && !pretrained)
    throw usageError(
      'There is no half A to transfer from, as the whole set is the target: choose a file or another image set as the source, or split the classes.',
    );
  if (sourceSet && pretrained)
    throw usageError(
      'The layers can come from a file or from another image set, not from both: leave out one of them.',
    );
  if (sourceSet && bothDirections)
    throw usageError('A is another image set, and nothing is transferred back to it: leave out both directions.');
}

/** A pretrained network was not trained on a half of these classes, so nothing can be transferred back to it. */
function checkPretrained({ pretrained, bothDirections, layers, treatments, network }: Protocol): void {
  if (!pretrained) return;
  if (bothDirections)
    throw new UserError(
      'A pretrained network stands for A, so there is nothing to transfer to A: leave out both directions.',
      { usage: true },
    );
  const beyond =
    treatments.some((kind) => partsOf(kind).lower === 'transfer') && layers.find((n) => n > pretrained.layers);
  if (beyond)
    throw new UserError(
      `n = ${beyond} is too many for the pretrained file ${pretrained.name}: its first ${pretrained.layers} layers fit ${network.name}, so n goes from 1 to ${pretrained.layers}.`,
      { usage: true },
    );
}

/** Few target examples must be fewer than all, for each class. */
export function checkExamples(
  examples: number,
  data: CountedSet,
  classes: readonly string[],
  imagesPerClass?: number,
): void {
  for (const name of classes) {
    const all = imagesPerClass ?? data.trainImages.get(name)!;
    if (examples >= all)
      throw usageError(
        `${examples} images per target class were asked for, but the study trains on all ${all} of class "${name}" anyway; ask for fewer than ${all}.`,
      );
  }
}

const usageError = (sentence: string): UserError => new UserError(sentence, { usage: true });
