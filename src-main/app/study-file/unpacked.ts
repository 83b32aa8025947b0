import { join } from 'node:path';

/** What a study's file unpacks to: a folder with a store, and the checkpoints and a pretrained network beside it. */
export const STORE = 'transplant.sqlite';
export const checkpointFile = (folder: string, key: string): string => join(folder, `${key}.safetensors`);
export const unpackedPretrained = (folder: string): string => join(folder, 'pretrained.safetensors');
