import { ALEXNETS } from './alexnet.ts';
import { CONVNEXTS } from './convnext.ts';
import { MOBILENETS } from './mobilenet.ts';
import { RESNETS } from './resnet.ts';
import { networkSchema, type NetworkInput, type NetworkSpec } from './spec.ts';
import { VISION_TRANSFORMERS } from './vit.ts';

/** A file for each family; a network of one's own needs none, as it may be a JSON file (read-spec.ts). */
const inputs: readonly NetworkInput[] = [...ALEXNETS, ...RESNETS, ...MOBILENETS, ...CONVNEXTS, ...VISION_TRANSFORMERS];

/** The built-in networks by name, in the order in which they are offered. */
export const BUILT_IN_NETWORKS: ReadonlyMap<string, NetworkSpec> = new Map(
  inputs.map((input) => [input.name, networkSchema.parse(input)]),
);
