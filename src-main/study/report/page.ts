import { readFile } from 'node:fs/promises';
import { render } from 'svelte/server';
import type { PageView } from './page-view.ts';
import { REPORT_STYLE } from '../places.ts';
import './svelte-loader.ts';

/** Nothing may be fetched or run: styles and pictures are inside the file. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The page as one HTML file. All text is escaped by the framework. */
export async function renderPage(view: PageView): Promise<string> {
  const { default: Report } = await import('../../../src-renderer/report/Report.svelte');
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
