import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import * as yauzl from 'yauzl';
import { ZipFile } from 'yazl';

/** The entries of a zip archive by name, in its order. */
export async function readEntries(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(bytes, { decodeStrings: true });
  const entries = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry())
    entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  return entries;
}

/** A study's file of these entries; its manifest is made anew, so that all hashes are right. */
export function studyFile(entries: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const others = [...entries].filter(([name]) => name !== 'manifest.json');
  const manifest = {
    format: 'transplant-study',
    version: 1,
    entries: Object.fromEntries(
      others.map(([name, bytes]) => [
        name,
        { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      ]),
    ),
  };
  return zipOf([...others, ['manifest.json', Buffer.from(JSON.stringify(manifest))]]);
}

/** JSON compressed, the rest not, as in a study's file. */
export function zipOf(entries: readonly (readonly [string, Buffer])[], compress = /\.json$/): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of entries) zip.addBuffer(bytes, name, { compress: compress.test(name) });
  zip.end();
  return buffer(zip.outputStream);
}

/** The entry changed as JSON. */
export function changed(
  entries: ReadonlyMap<string, Buffer>,
  name: string,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any form
  change: (value: any) => void,
): Map<string, Buffer> {
  const value = JSON.parse(entries.get(name)!.toString()) as unknown;
  change(value);
  return new Map(entries).set(name, Buffer.from(JSON.stringify(value)));
}
