import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Every process that a test starts takes what others have compiled, as those that `transplant` starts do.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/transplant', import.meta.url));

const common = {
  setupFiles: ['test/property-seed.ts'],
  pool: 'forks',
  // To start a process and to load the libraries takes longer than most files do: those that follow each other share both.
  isolate: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // What is waited for may take its time on a busy machine; the second that is vitest's own limit is not one of ours.
  expect: { poll: { timeout: 30_000 } },
} satisfies TestProjectInlineConfiguration['test'];

const SCREENS = 'test/renderer/**/*.test.ts';
/** What takes too long to be tried with every change: `npm run test:all`. */
const LONG = 'test/**/*.long.test.ts';

/** Short files whose tests take long. Where no run has told how long files take, the largest come first, and these would be alone at the end. */
const SLOW = /\/test\/(cluster|torture|bench)\/|\/whole-way\./;
/** Other files between two of them, which mostly wait. */
const BETWEEN = 6;

class SlowSooner extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    return [...projects.values()].flatMap((sorted) => {
      const [slow, others] = [true, false].map((is) => sorted.filter(({ moduleId }) => SLOW.test(moduleId) === is));
      const mixed = others.flatMap((file, place) => [...(place % BETWEEN === 0 ? slow.splice(0, 1) : []), file]);
      return [...mixed, ...slow];
    });
  }
}

// Sources run as the program runs them: Node strips their types.
const native = { viteModuleRunner: false, nodeLoader: false };

export default defineConfig({
  test: {
    // Four files at once on two cores: two of them mostly wait for a page, a queue or a training, which yields to all else.
    maxWorkers: 4,
    sequence: { sequencer: SlowSooner },
    projects: [
      {
        test: {
          ...common,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [SCREENS, LONG],
          experimental: native,
        },
      },
      { test: { ...common, name: 'long', include: [LONG], experimental: native } },
      { plugins: [svelte({ configFile: false })], test: { ...common, name: 'screens', include: [SCREENS] } },
    ],
  },
});
