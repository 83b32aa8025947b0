import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { pageHeaders } from '../api/page-headers.ts';
import type { Page } from '../api/pages.ts';

/** A page of a few words, for when the screens can't be shown; its status can be that of an error. */
export interface PlainPage extends Omit<Page, 'status'> {
  readonly status: number;
}

/**
 * A page that says what went wrong. Loading it again helps whoever followed a link from another site to a page that
 * needs the cookie; see `signInPage`.
 */
export function errorPage(status: number, sentence: string): PlainPage {
  return html(status, `<p>${escape(sentence)}</p><p><a href="/">Load this page again</a></p>`);
}

/**
 * Gives the browser the cookie and sends it on to the screens, without the token in the address. This is a page and not
 * a redirect, because a strict cookie is not sent with the redirect of a link that was clicked in another site or file.
 */
export function signInPage(cookie: string): PlainPage {
  const page = html(200, '<p><a href="/">Open Transplant</a></p>', '<meta http-equiv="refresh" content="0; url=/" />');
  return { ...page, headers: { ...page.headers, 'set-cookie': cookie } };
}

function html(status: number, body: string, head = ''): PlainPage {
  const text =
    `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>Transplant</title>` +
    `<meta name="viewport" content="width=device-width" /><meta name="color-scheme" content="light dark" />` +
    // Without an empty icon, browsers ask for /favicon.ico and report an error.
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

/** Writes an answer; for a HEAD request only its headers. It is not an error if the browser goes away meanwhile. */
export async function sendPage(request: IncomingMessage, response: ServerResponse, page: PlainPage): Promise<void> {
  const { status, headers, body } = page;
  const length = body instanceof Uint8Array ? { 'content-length': body.byteLength } : {};
  response.writeHead(status, { ...headers, ...length });
  if (request.method === 'HEAD') {
    if (!(body instanceof Uint8Array)) await body.cancel();
    response.end();
  } else if (body instanceof Uint8Array) response.end(body);
  else await pipeline(Readable.fromWeb(body as ReadableStream), response).catch(() => response.destroy());
}
