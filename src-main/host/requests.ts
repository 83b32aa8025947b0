import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Page } from '../api/pages.ts';
import { type Admission, checkHost, checkOrigin, checkToken, HttpError, sameSecret } from './admission.ts';
import { errorPage, json, type PlainPage, sendPage } from './plain-page.ts';
import { answerUpload, type Uploads } from './uploads.ts';

export interface ListenerOptions {
  readonly admission: Admission;
  readonly pages: (path: string) => Promise<Page>;
  readonly uploads: Uploads;
  /** Is called with each request that has shown a secret, before it is answered. */
  readonly onAdmitted: (request: IncomingMessage) => void;
}

/**
 * So many bytes of a refused upload are read, because browsers read the answer only after they have sent everything.
 */
const MOST_DRAINED = 64 * 2 ** 20;

/** The screens without anything in them, the same in every copy of Transplant: the page asks for the token itself. */
const SCREENS = /^\/($|assets\/|licences\.txt$)/;

/** Names this start: what an open page needs to work out its next token. */
const START = '/start';

/** Answers who has the token with what a page needs besides. */
const SESSION = '/session';

/** `/files/<key>/reports/...` and `/files/<key>/packed/...`: links can't show the token, so their key is in the path. */
const FILES = /^\/files\/([\w-]{43})(\/(?:reports|packed)\/.*)$/;

/** Returns a listener that answers all requests but those for a web socket. It never rejects. */
export function requestListener(
  options: ListenerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    let page: PlainPage;
    try {
      page = await answer(request, options);
    } catch (error) {
      // Any other error means that the browser went away, or a bug, whose details are not for the browser.
      const { status, message } =
        error instanceof HttpError ? error : new HttpError(500, 'Transplant could not answer this request.');
      page = isAskedByScript(request) ? json(status, { sentence: message }) : errorPage(status, message);
    }
    if (request.socket.destroyed) return;
    drain(request);
    await sendPage(request, response, page);
  };
}

async function answer(request: IncomingMessage, options: ListenerOptions): Promise<PlainPage> {
  const { admission, pages, uploads, onAdmitted } = options;
  checkHost(request, admission);
  const upload = isUpload(request);
  checkOrigin(request, { required: request.method === 'PUT' });
  if (!['GET', 'HEAD', ...(upload ? ['PUT'] : [])].includes(request.method!))
    throw new HttpError(405, 'Transplant does not answer requests of this kind.');
  const url = urlOf(request);
  if (SCREENS.test(url.pathname)) return pages(url.pathname);
  const { start, resumption, files } = admission.keys;
  if (url.pathname === START) return json(200, { start });
  const [, key, file] = FILES.exec(url.pathname) ?? [];
  const hasKey = key !== undefined && sameSecret(key, files);
  if (!hasKey) checkToken(request, admission);
  onAdmitted(request);
  if (hasKey) return pages(file);
  if (url.pathname === SESSION) return json(200, { resumption, files });
  return upload ? answerUpload(request, url, uploads) : pages(url.pathname);
}

const isUpload = ({ url }: IncomingMessage): boolean => url!.startsWith('/uploads/');
const isAskedByScript = (request: IncomingMessage): boolean => isUpload(request) || request.url === SESSION;

/** The path and the query exactly as they were sent: `..` and `%2e` have no meaning here. */
function urlOf({ url }: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  const [pathname, query] = url!.split('?', 2);
  if (!pathname.startsWith('/')) throw new HttpError(400, 'This is not the address of a page.');
  return { pathname, searchParams: new URLSearchParams(query) };
}

/** Reads and discards the rest of a request. Closes the connection if it is too long. */
function drain(request: IncomingMessage): void {
  let drained = 0;
  request.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > MOST_DRAINED) request.destroy();
  });
  request.resume();
}
