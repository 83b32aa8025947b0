import * as yauzl from 'yauzl';
import { UserError } from '../../errors.ts';
import { damaged } from './pickle.ts';

/** Bytes before an entry's content, at least; its name and an extra field follow, whose lengths stand at these places (APPNOTE 4.3.7). */
const LOCAL_HEADER = 30;
const NAME_LENGTH = 26;
const EXTRA_LENGTH = 28;

/**
 * The entries of a zip archive as PyTorch writes it: none is compressed, so that each is a part of the file and all together are
 * not more than it. Throws a UserError, one clause.
 */
export async function zipEntries(bytes: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, Uint8Array>();
  const places: [start: number, end: number][] = [];
  for (const entry of await directory(file)) {
    if (entry.compressionMethod !== 0 || entry.isEncrypted())
      throw new UserError(
        'its parts are compressed or encrypted, which PyTorch does not do; unpack it and save it with torch.save',
      );
    const header = entry.relativeOffsetOfLocalHeader;
    if (header + LOCAL_HEADER > file.length) throw damaged();
    const start =
      header + LOCAL_HEADER + file.readUInt16LE(header + NAME_LENGTH) + file.readUInt16LE(header + EXTRA_LENGTH);
    const end = start + entry.uncompressedSize;
    if (end > file.length || entries.has(entry.fileName)) throw damaged();
    places.push([header, end]);
    entries.set(entry.fileName, bytes.subarray(start, end));
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
