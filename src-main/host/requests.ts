import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Page } from '../api/pages.ts';
import { checkCookie, checkHost, checkOrigin, type Admission } from './admission.ts';
import { setCookie } from './cookie.ts';
import { refusal, welcome, type PlainPage } from './plain-page.ts';
import { Refused } from './refused.ts';
import { sameSecret } from './secret.ts';
import { sendPage } from './send-page.ts';
import { answerUpload, refusedUpload } from './upload-requests.ts';
import type { Uploads } from './uploads.ts';

export interface Answers {
  readonly admission: Admission;
  /** What the link must hold. */
  readonly token: string;
  readonly pages: (path: string) => Promise<Page>;
  readonly uploads: Uploads;
}

/** Bytes of a refused upload that are read to their end, so that the browser gets round to reading why. */
const MOST_DRAINED = 64 * 2 ** 20;

/** Answers every request that is no web socket. Never throws or rejects. */
export function answerer(answers: Answers): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    let page: PlainPage;
    try {
      page = await answer(request, answers);
    } catch (error) {
      // Not refused: the browser went away, or a bug, of which a browser need not know more.
      const refused = error instanceof Refused ? error : new Refused(500, 'Transplant could not answer this.');
      page = isUpload(request) ? refusedUpload(refused) : refusal(refused.status, refused.message);
    }
    if (request.socket.destroyed) return;
    drain(request);
    await sendPage(request, response, page);
  };
}

async function answer(request: IncomingMessage, { admission, token, pages, uploads }: Answers): Promise<PlainPage> {
  checkHost(request, admission);
  const upload = isUpload(request);
  checkOrigin(request, { required: request.method === 'PUT' });
  if (!['GET', 'HEAD', ...(upload ? ['PUT'] : [])].includes(request.method!))
    throw new Refused(405, 'Transplant does not answer to requests of this kind.');
  const url = urlOf(request);
  const given = url.pathname === '/' ? url.searchParams.get('token') : null;
  if (given !== null && sameSecret(given, token)) return welcome(setCookie(admission.port, admission.key));
  checkCookie(request, admission);
  return upload ? answerUpload(request, url, uploads) : pages(url.pathname);
}

const isUpload = ({ url }: IncomingMessage): boolean => url!.startsWith('/uploads/');

/** The path and the query as they were written: `..` and `%2e` mean nothing here. */
function urlOf({ url }: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  const [pathname, query] = url!.split('?', 2);
  if (!pathname.startsWith('/')) throw new Refused(400, 'This is no address of a page.');
  return { pathname, searchParams: new URLSearchParams(query) };
}

/** Reads away what a request still brings, and hangs up on one that goes on for long. */
function drain(request: IncomingMessage): void {
  let drained = 0;
  request.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > MOST_DRAINED) request.destroy();
  });
  request.resume();
}
