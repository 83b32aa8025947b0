import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { render } from 'svelte/server';
import { REPORT_STYLE } from '../../process/program.ts';
import type { PageView } from './page-view.ts';

/** Nothing may be fetched or run: styles and pictures are inside the file. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The page as one HTML file. All text is escaped by the framework. */
export async function renderPage(view: PageView): Promise<string> {
  const { default: Report } = await import('./page/Report.svelte');
  const { head, body } = await render(Report, { props: { view } });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
${await readFile(REPORT_STYLE, 'utf8')}</style>
${head}
</head>
<body>
${body}
</body>
</html>
`;
}

/**
 * Lets plain Node import `.svelte` files, compiled for rendering on the server. Bundlers and vitest compile them
 * themselves and never ask these hooks. Registered once, by importing this file.
 */
// The name is not `require`, because the build adds a constant of that name to the bundles.
const loadHere = createRequire(import.meta.url);
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !url.endsWith('.svelte')) return nextLoad(url, context);
    // The compiler is not imported, so that it stays out of the bundle.
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
