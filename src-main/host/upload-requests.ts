import type { IncomingMessage } from 'node:http';
import { pageHeaders } from '../api/page-headers.ts';
import type { PlainPage } from './plain-page.ts';
import { HttpError } from './refused.ts';
import type { Uploads } from './uploads.ts';

/**
 * `GET /uploads/<name>?bytes=N` asks whether an upload is possible, because a browser that is refused while it sends
 * shows a broken connection and not the reason. `PUT /uploads/<name>` sends it and is answered with `{ path }`. Throws
 * HttpError.
 */
export async function answerUpload(
  request: IncomingMessage,
  url: { pathname: string; searchParams: URLSearchParams },
  uploads: Uploads,
): Promise<PlainPage> {
  const name = decodedName(url.pathname);
  if (request.method === 'PUT') {
    const bytes = lengthOf(request.headers['content-length']);
    return json(200, { path: await uploads.receive(name, bytes, request) });
  }
  await uploads.check(lengthOf(url.searchParams.get('bytes') ?? undefined));
  return json(200, {});
}

/** The answer to an upload that failed: JSON that the page reads. */
export const uploadError = ({ status, message }: HttpError): PlainPage => json(status, { sentence: message });

function decodedName(path: string): string {
  try {
    return decodeURIComponent(path.slice('/uploads/'.length));
  } catch {
    throw new HttpError(400, 'The name of the upload is not encoded as browsers encode it.');
  }
}

function lengthOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new HttpError(411, 'An upload must state its length in bytes.');
}

function json(status: number, value: object): PlainPage {
  return {
    status,
    headers: { ...pageHeaders(), 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}
