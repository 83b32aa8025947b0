import { start } from './shell/start.ts';

/** The Electron entry: the application with a window. */
start();
