import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Lets plain Node import `.svelte` files, compiled for rendering on the server. Bundlers and vitest compile them
 * themselves and never ask these hooks. Registered once, by importing this file.
 */
// Not named require: the build adds a constant of that name to the bundles where it is called.
const loadHere = createRequire(import.meta.url);
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !url.endsWith('.svelte')) return nextLoad(url, context);
    // Not imported, so that it does not get into the bundle.
    const { compile } = loadHere('svelte/compiler') as typeof import('svelte/compiler');
    const filename = fileURLToPath(url);
    const { js } = compile(readFileSync(filename, 'utf8'), {
      filename: basename(filename),
      generate: 'server',
      css: 'external',
    });
    return { format: 'module', source: js.code, shortCircuit: true };
  },
});
