import type { IncomingMessage } from 'node:http';
import { pageHeaders } from '../api/page-headers.ts';
import type { PlainPage } from './plain-page.ts';
import { Refused } from './refused.ts';
import type { Uploads } from './uploads.ts';

/**
 * `GET /uploads/<name>?bytes=N` asks whether an upload may come: a browser that is refused in the middle of sending would
 * show a broken connection and not the reason. `PUT /uploads/<name>` brings it; the answer is `{ path }`. Throws Refused.
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

/** What a refusal of an upload looks like to the page. */
export const refusedUpload = ({ status, message }: Refused): PlainPage => json(status, { sentence: message });

function decodedName(path: string): string {
  try {
    return decodeURIComponent(path.slice('/uploads/'.length));
  } catch {
    throw new Refused(400, 'The name of the upload is not written as browsers write it.');
  }
}

function lengthOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new Refused(411, 'An upload must say first how many bytes it has.');
}

function json(status: number, value: object): PlainPage {
  return {
    status,
    headers: { ...pageHeaders(), 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}
