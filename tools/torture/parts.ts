import { files } from './files.ts';
import { disk } from './disk.ts';
import { host } from './host.ts';
import { kills } from './kills.ts';
import { store } from './store.ts';
import type { Part } from './part.ts';

/** In the order in which `all` makes them. */
export const PARTS: readonly Part[] = [kills, disk, store, files, host];
