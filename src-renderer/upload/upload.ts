import { sentName } from '../../src-main/common/choices.ts';
import { uploadText } from '../text/upload.ts';

export interface UploadOptions {
  /** The header that lets a page in (state/access.svelte.ts). */
  readonly authorization: string;
  readonly signal?: AbortSignal;
  /** Bytes sent so far, and of how many. */
  readonly onProgress?: (sent: number, total: number) => void;
}

/**
 * The path under which main can open a file that was dropped or chosen; in a browser it is sent there first.
 *
 * @param pathless the sentence for a file that the window has no path of
 */
export async function pathInMain(file: File, pathless: string, options: UploadOptions): Promise<string> {
  const { transplant } = window;
  if (!transplant) return (await upload(file.name, file, options)).path;
  const path = transplant.pathOf(file);
  if (path === '') throw new Error(pathless);
  return path;
}

/**
 * Sends an archive to Transplant; the path is for `images.import`. Errors: an Error with a sentence; an AbortError when
 * the signal said so, and then nothing of it is kept.
 */
export async function upload(name: string, archive: Blob, options: UploadOptions): Promise<{ path: string }> {
  options.signal?.throwIfAborted();
  await ask(name, archive.size, options);
  return send(name, archive, options);
}

const addressOf = (name: string): string => `/uploads/${encodeURIComponent(name.toWellFormed())}`;

/** Asks first whether the file is accepted: in the middle of sending, a browser would not tell why it was refused. */
async function ask(name: string, bytes: number, { signal, authorization }: UploadOptions): Promise<void> {
  const headers = { authorization };
  const answer = await fetch(`${addressOf(name)}?bytes=${bytes}`, { headers, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new Error(uploadText.broken(sentName(name)), { cause });
  });
  if (!answer.ok) throw new Error(sentenceIn(await answer.text()) ?? uploadText.refused(sentName(name), answer.status));
}

/** XMLHttpRequest, because fetch does not say how much it has sent. */
function send(
  name: string,
  archive: Blob,
  { signal, onProgress, authorization }: UploadOptions,
): Promise<{ path: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded, total);
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as { path: string });
      else reject(new Error(sentenceIn(request.responseText) ?? uploadText.refused(sentName(name), request.status)));
    };
    request.onerror = () => reject(new Error(uploadText.broken(sentName(name))));
    request.onabort = () => reject(signal?.reason ?? new Error(uploadText.broken(sentName(name))));
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    request.open('PUT', addressOf(name));
    request.setRequestHeader('authorization', authorization);
    request.send(archive);
  });
}

/** Why Transplant refused. */
function sentenceIn(answer: string): string | undefined {
  try {
    const { sentence } = JSON.parse(answer) as { sentence?: unknown };
    return typeof sentence === 'string' ? sentence : undefined;
  } catch {
    return undefined;
  }
}
