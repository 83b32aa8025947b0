import { join } from 'node:path';

/** What a study's file unpacks to: a folder with a store, as a home has it, and the checkpoints and a pretrained network beside it. */
export const checkpointFile = (folder: string, key: string): string => join(folder, `${key}.safetensors`);
export const unpackedPretrained = (folder: string): string => join(folder, 'pretrained.safetensors');
