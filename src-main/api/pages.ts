import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { pageHeaders, reportHeaders } from './page-headers.ts';

/** An answer to a GET request, over the window's own scheme or HTTP. */
export interface Page {
  readonly status: 200 | 404;
  /** Headers, with names in lower case. Every answer has the security headers. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface PageFolders {
  /** The built screens: `index.html` and its assets. */
  readonly renderer: string;
  /** The folder of reports, which has a folder for each study. */
  readonly reports: string;
  /** The folder of packed studies and saved networks, a file each. */
  readonly packed: string;
  /** Origins of web sockets that the page may open, beside its own origin. */
  readonly sockets?: readonly string[];
}

/** Content types. Files with any other ending are downloaded. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** The names that files can have: no encoded character, backslash or colon, and no dot at the beginning. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const PACKED = /^\/packed\/([0-9a-f]{12}\.transplant|[0-9a-f]{64}\.(?:onnx|safetensors))$/;
const REPORT = /^\/reports\/([0-9a-f]{12})(?:\.zip|\/([^/]+))$/;

/**
 * Returns a function that answers the path of a URL (`/`, `/assets/index-Bx1.js`, `/reports/<study>/results.csv`,
 * `/reports/<study>.zip`). A path that does not exist, is not a file, or leads out of its folder is answered with 404.
 */
export function pages(folders: PageFolders): (path: string) => Promise<Page> {
  return async (path) => {
    const report = REPORT.exec(path);
    const packed = PACKED.exec(path);
    try {
      if (packed) return await packedFile(folders.packed, packed[1]);
      if (!report) return await rendererFile(folders, path === '/' ? '/index.html' : path);
      const [, study, file] = report;
      return file === undefined
        ? await archivePage(folders.reports, study)
        : await reportFile(folders.reports, [study, file]);
    } catch {
      return notFound(path);
    }
  };
}

async function rendererFile({ renderer, sockets }: PageFolders, path: string): Promise<Page> {
  const body = await fileBelow(renderer, path.slice(1).split('/'));
  // The names of assets have a hash of their content, so they can be cached for ever.
  const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
  return {
    status: 200,
    headers: { ...pageHeaders(sockets), 'content-type': typeOf(path), 'cache-control': cache },
    body,
  };
}

async function reportFile(reports: string, names: string[]): Promise<Page> {
  const body = await fileBelow(reports, names);
  const headers = { ...reportHeaders(), 'content-type': typeOf(names.at(-1)!), 'cache-control': 'no-store' };
  return { status: 200, headers, body };
}

/** A packed file. It is streamed, because it may be larger than memory. */
async function packedFile(folder: string, name: string): Promise<Page> {
  const content = createReadStream(await pathBelow(folder, [name]));
  await once(content, 'open');
  const headers = {
    ...reportHeaders(),
    'content-type': 'application/octet-stream',
    // The page itself names the download of a network.
    'content-disposition': name.endsWith('.transplant') ? `attachment; filename="study-${name}"` : 'attachment',
    'cache-control': 'no-store',
  };
  return { status: 200, headers, body: Readable.toWeb(content) as ReadableStream<Uint8Array<ArrayBuffer>> };
}

async function archivePage(reports: string, study: string): Promise<Page> {
  const body = await reportArchive(join(reports, study), study);
  const headers = {
    ...reportHeaders(),
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="transplant-${study}.zip"`,
    'cache-control': 'no-store',
  };
  return { status: 200, headers, body };
}

/**
 * The path of a file below a folder. Throws if a name is not allowed, or if a symbolic link leads out of the folder.
 */
async function pathBelow(folder: string, names: readonly string[]): Promise<string> {
  if (!names.every((name) => NAME.test(name))) throw new Error('not a name');
  const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, ...names))]);
  if (!file.startsWith(root + sep)) throw new Error('leads out of its folder');
  return file;
}

const fileBelow = async (folder: string, names: readonly string[]): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(await pathBelow(folder, names));

const typeOf = (path: string): string => TYPES[extname(path)] ?? 'application/octet-stream';

function notFound(path: string): Page {
  return {
    status: 404,
    headers: { ...pageHeaders(), 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(`There is nothing at ${path.slice(0, 200)}.\n`),
  };
}

/**
 * The files of a report as a zip archive that unpacks into a folder named after the study. The archive is made while it
 * is read. Throws what readdir throws if there is no such folder; if a file disappears meanwhile, the stream ends with
 * an error.
 */
async function reportArchive(folder: string, study: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const archive = new ZipFile();
  for (const { name } of entries.filter((entry) => entry.isFile()).toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    archive.addFile(join(folder, name), `transplant-${study}/${name}`);
  archive.end();
  const output = archive.outputStream as Readable;
  // yazl emits the error of a file that can't be read on the archive, not on its stream.
  archive.on('error', (error: Error) => output.destroy(error));
  return Readable.toWeb(output) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
