import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

/**
 * The build (electron-vite, told of this file's name). Main is bundled into `out/main`: the command line and the trainer
 * child, which run in plain Node. The window's entries (main process of Electron, preload, renderer) join it with the screens.
 */
export default defineConfig({
  main: {
    plugins: [svelte({ configFile: false })],
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: {
          transplant: 'src-main/cli/main.ts',
          trainer: 'src-main/engine/trainer/child.ts',
          task: 'src-main/app/tasks/child.ts',
          trial: 'src-main/app/doctor/trial.ts',
        },
        // Flat, so that a bundled module stands as far from package.json and resources as its source does.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [svelte({ configFile: false })],
    build: {
      outDir: 'out/renderer',
      rolldownOptions: { input: 'src-renderer/index.html' },
    },
  },
});
