import type { NetworkInput } from '../../network/spec.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';

/**
 * A family of networks as its state dicts show it. Widths and depths are read from shapes, not from a list of its members.
 * Undefined: the names are not this family's. Throws a UserError, one clause, where they are, but something else is not.
 */
export type Family = (tensors: NamedTensors, hints: Hints) => FamilyNetwork | undefined;

/** What is known of a file beside its tensors. */
export interface Hints {
  /** The network's name by those who published it: `tf_efficientnet_b0` of a config.json, or the file's own name. */
  readonly name: string;
  /** Rows and columns that images are to have; absent: as the family's usually have. */
  readonly size?: number;
  /** Heads of attention, where the file says how many. */
  readonly heads?: number;
}

export interface FamilyNetwork {
  /** `resnet18` */
  readonly name: string;
  /** Whose names the tensors have: `torchvision, timm`. */
  readonly names: string;
  readonly layers: NetworkInput['layers'];
  /** Under the names of the layers. */
  readonly tensors: NamedTensors;
  readonly training: NetworkInput['training'];
  readonly pixels: Pixels;
  readonly notes?: readonly string[];
  /** Tensors that the network doesn't compute with. */
  readonly unused?: RegExp;
}

/** Whether a name says that a network came from TensorFlow: timm's `tf_efficientnet_b0`, also within a file's name. */
export const isOfTensorflow = (name: string): boolean => /(?<![a-z])tf_/i.test(name);

/** A state dict has no graph; a file that has one is what a person can make of it. */
export const WITH_GRAPH =
  'export it with its graph, in Python: torch.onnx.export(model, torch.zeros(1, 3, 224, 224), "model.onnx")';
