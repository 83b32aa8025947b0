import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/**
 * The files of a report as one zip archive that unpacks into a folder of the study's name. It is made while it is read.
 * Throws what readdir throws where there is no such folder; a file that vanishes on the way ends the stream with an error.
 */
export async function reportArchive(folder: string, study: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const archive = new ZipFile();
  for (const { name } of entries.filter((entry) => entry.isFile()).toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    archive.addFile(join(folder, name), `transplant-${study}/${name}`);
  archive.end();
  const output = archive.outputStream as Readable;
  // yazl reports a file that it can't read on the archive, not on its stream.
  archive.on('error', (error: Error) => output.destroy(error));
  return Readable.toWeb(output) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
