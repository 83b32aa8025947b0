import * as yauzl from 'yauzl';
import { UserError } from '../../errors.ts';
import { damaged } from '../../data/pickle.ts';

/** Bytes before an entry's content, at least; its name and an extra field follow, whose lengths stand at these places (APPNOTE 4.3.7). */
const LOCAL_HEADER = 30;
const NAME_LENGTH = 26;
const EXTRA_LENGTH = 28;

/**
 * The entries of a zip archive. PyTorch compresses none that holds tensors, so each is a part of the file and all together are not
 * more than it; those that are compressed or encrypted are undefined. Throws a UserError, one clause.
 */
export async function zipEntries(bytes: Uint8Array): Promise<ReadonlyMap<string, Uint8Array | undefined>> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, Uint8Array | undefined>();
  const places: [start: number, end: number][] = [];
  for (const entry of await directory(file)) {
    const header = entry.relativeOffsetOfLocalHeader;
    if (header + LOCAL_HEADER > file.length) throw damaged();
    const start =
      header + LOCAL_HEADER + file.readUInt16LE(header + NAME_LENGTH) + file.readUInt16LE(header + EXTRA_LENGTH);
    const end = start + entry.compressedSize;
    if (end > file.length || entries.has(entry.fileName)) throw damaged();
    places.push([header, end]);
    const isStored = entry.compressionMethod === 0 && !entry.isEncrypted();
    entries.set(entry.fileName, isStored ? bytes.subarray(start, end) : undefined);
  }
  places.sort(([a], [b]) => a - b);
  if (places.some(([start], place) => place > 0 && start < places[place - 1][1]))
    throw new UserError('its parts overlap, so it is broken or was made to do harm');
  return entries;
}

async function directory(file: Buffer): Promise<yauzl.Entry[]> {
  try {
    const archive = await yauzl.fromBufferPromise(file, { strictFileNames: false });
    return await Array.fromAsync(archive.eachEntry());
  } catch {
    throw damaged();
  }
}
