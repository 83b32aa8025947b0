import type { BrowserWindow } from './browser-window.ts';

/** The windows that are open. */
export const windows = new Set<BrowserWindow>();
