import { pageHeaders } from '../api/page-headers.ts';
import type { Page } from '../api/pages.ts';

/** A page of a few words, for when the screens can't be shown. */
export interface PlainPage extends Omit<Page, 'status'> {
  readonly status: number;
}

/** Says why a browser isn't let in. The link is for whoever came with the right link from another site: see `welcome`. */
export function refusal(status: number, sentence: string): PlainPage {
  return html(status, `<p>${escape(sentence)}</p><p><a href="/">Load this page again</a></p>`);
}

/**
 * Sends the browser on to the screens, without the token in the address. By the page itself and not by a redirect: a
 * strict cookie is not sent on a redirect of a link that was clicked in another site or file.
 */
export function welcome(cookie: string): PlainPage {
  const page = html(200, '<p><a href="/">Open Transplant</a></p>', '<meta http-equiv="refresh" content="0; url=/" />');
  return { ...page, headers: { ...page.headers, 'set-cookie': cookie } };
}

function html(status: number, body: string, head = ''): PlainPage {
  const text =
    `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>Transplant</title>` +
    `<meta name="viewport" content="width=device-width" /><meta name="color-scheme" content="light dark" />` +
    // Said to be none: else browsers ask for /favicon.ico, and complain.
    `<link rel="icon" href="data:," />${head}</head>` +
    `<body><main><h1>Transplant</h1>${body}</main></body></html>\n`;
  return {
    status,
    headers: { ...pageHeaders(), 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(text),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);
