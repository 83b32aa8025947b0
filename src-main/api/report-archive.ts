import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/**
 * The files of a report as a zip archive that unpacks into a folder named after the study. The archive is made while it
 * is read. Throws what readdir throws if there is no such folder; if a file disappears meanwhile, the stream ends with
 * an error.
 */
export async function reportArchive(folder: string, study: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
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
