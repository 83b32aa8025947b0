import { basename, dirname } from 'node:path';

/** In a package (electron-builder.config.ts) the program is there twice: for Electron, and beside for plain Node. */
const ARCHIVE = 'app.asar';
const PROCESSES = 'processes';

/** Whether this is a package, and not a folder that npm has filled. Either way bundles stand in `out/main`. */
export const isPackaged = [ARCHIVE, PROCESSES].includes(basename(dirname(dirname(import.meta.dirname))));

/** Where plain Node finds what stands at this path in Electron. */
export const outsideOfArchive = (path: string): string =>
  path.replace(new RegExp(`${ARCHIVE}(?=[\\\\/]|$)`), PROCESSES);
