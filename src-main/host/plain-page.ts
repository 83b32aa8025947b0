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

/** A page that says what went wrong. */
export function errorPage(status: number, sentence: string): PlainPage {
  const text =
    `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>Transplant</title>` +
    `<meta name="viewport" content="width=device-width" /><meta name="color-scheme" content="light dark" />` +
    // Without an empty icon, browsers ask for /favicon.ico and report an error.
    `<link rel="icon" href="data:," /></head>` +
    `<body><main><h1>Transplant</h1><p>${escape(sentence)}</p><p><a href="/">Open the first page</a></p></main></body></html>\n`;
  return plainPage(status, 'text/html', text);
}

/** An answer that the page reads: `{ sentence }` where it is an error. */
export const json = (status: number, value: object): PlainPage =>
  plainPage(status, 'application/json', JSON.stringify(value));

function plainPage(status: number, type: string, text: string): PlainPage {
  return {
    status,
    headers: { ...pageHeaders(), 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' },
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
