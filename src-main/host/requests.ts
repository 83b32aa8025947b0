import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Page } from '../api/pages.ts';
import { type Admission, checkCookie, checkHost, checkOrigin, HttpError, sameSecret, setCookie } from './admission.ts';
import { errorPage, type PlainPage, sendPage, signInPage } from './plain-page.ts';
import { answerUpload, uploadError, type Uploads } from './uploads.ts';

export interface ListenerOptions {
  readonly admission: Admission;
  /** The secret that the link must have. */
  readonly token: string;
  readonly pages: (path: string) => Promise<Page>;
  readonly uploads: Uploads;
}

/**
 * So many bytes of a refused upload are read, because browsers read the answer only after they have sent everything.
 */
const MOST_DRAINED = 64 * 2 ** 20;

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
      const failure =
        error instanceof HttpError ? error : new HttpError(500, 'Transplant could not answer this request.');
      page = isUpload(request) ? uploadError(failure) : errorPage(failure.status, failure.message);
    }
    if (request.socket.destroyed) return;
    drain(request);
    await sendPage(request, response, page);
  };
}

async function answer(
  request: IncomingMessage,
  { admission, token, pages, uploads }: ListenerOptions,
): Promise<PlainPage> {
  checkHost(request, admission);
  const upload = isUpload(request);
  checkOrigin(request, { required: request.method === 'PUT' });
  if (!['GET', 'HEAD', ...(upload ? ['PUT'] : [])].includes(request.method!))
    throw new HttpError(405, 'Transplant does not answer requests of this kind.');
  const url = urlOf(request);
  const given = url.pathname === '/' ? url.searchParams.get('token') : null;
  if (given !== null && sameSecret(given, token)) return signInPage(setCookie(admission.port, admission.key));
  checkCookie(request, admission);
  return upload ? answerUpload(request, url, uploads) : pages(url.pathname);
}

const isUpload = ({ url }: IncomingMessage): boolean => url!.startsWith('/uploads/');

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
