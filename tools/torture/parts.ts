import { files } from './files.ts';
import type { Part } from './part.ts';

/** In the order in which `all` makes them. */
export const PARTS: readonly Part[] = [files];
