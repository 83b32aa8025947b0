import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { PlainPage } from './plain-page.ts';

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
