import { registerHooks } from 'node:module';
import { basename, join } from 'node:path';

/** Loaded before the bundle: `electron` is the double, and what must never run in Electron's process is not there. */

const ELECTRON = new URL('electron.ts', import.meta.url).href;
/** Native libraries that crash or starve under Electron's allocator. */
const UNBEARABLE = /^(sharp|onnxruntime-|@tensorflow\/)/;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'electron') return { url: ELECTRON, shortCircuit: true };
    if (UNBEARABLE.test(specifier)) throw new Error(`${specifier} was loaded in Electron's process`);
    return next(specifier, context);
  },
});

// As Electron is started by a test: switches of its own come first, then, if it is no package, the program's folder.
const [, main, ...words] = process.argv;
const folder = join(main, '../../..');
const program = basename(folder) === 'app.asar' ? [] : [folder];
process.argv = ['/usr/bin/electron', '--inspect=0', '--remote-debugging-port=0', ...program, ...words];
process.env.DOUBLE_PROGRAM = folder;

// A test may make anybody root.
if (process.env.DOUBLE_ROOT !== undefined) process.getuid = () => 0;

// What the program and its libraries know Electron by.
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '45.4.1' } });
