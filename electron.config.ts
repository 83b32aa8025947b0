import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { licences } from './packaging/licences.ts';
import { manual } from './packaging/manual.ts';
import { LEFT_OUT } from './packaging/packages.ts';

/** The constant of src-main/process/program.ts. */
const BUILT_FROM = JSON.stringify(commit()) ?? 'undefined';
const { collect, write } = licences(import.meta.dirname);

/**
 * The build (electron-vite, told of this file's name). `out/main` is what runs without a screen: Electron's main process
 * (`index`), and the command line and the child processes, which run in plain Node. `out/preload` and `out/renderer` are
 * the window's.
 */
export default defineConfig(({ command }) => ({
  main: {
    // The other constant is of src-main/shell/address.ts. False in all that is built: only `npm run dev` serves.
    define: { BUILT_FROM, DEVELOPMENT: JSON.stringify(command === 'serve') },
    plugins: [svelte({ configFile: false }), collect],
    build: {
      outDir: 'out/main',
      // Whatever is bundled needs no packing as a package.
      externalizeDeps: false,
      manifest: 'chunks.json',
      rolldownOptions: {
        external: [LEFT_OUT],
        input: {
          index: 'src-main/index.ts',
          transplant: 'src-main/cli/main.ts',
          trainer: 'src-main/engine/trainer/child.ts',
          task: 'src-main/app/tasks/child.ts',
          decoder: 'src-main/data/import/decoder-child.ts',
          trial: 'src-main/app/doctor/trial.ts',
          adapter: 'src-main/engine/onnx/gpu/adapter-child.ts',
          checkpoint: 'src-main/store/checkpoint-thread.ts',
          painter: 'src-main/data/dead-leaves/painter-thread.ts',
        },
        // Flat, so that a bundled module stands as far from package.json and resources as its source does.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rolldownOptions: {
        input: 'src-main/shell/preload.ts',
        // A sandboxed preload must be CommonJS, in one file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [svelte({ configFile: false }), manual(join(import.meta.dirname, 'docs')), write],
    build: {
      outDir: 'out/renderer',
      rolldownOptions: { input: join(import.meta.dirname, 'src-renderer/index.html') },
    },
  },
}));

function commit(): string | undefined {
  const words = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
