import { open } from 'node:fs/promises';

/** Bytes from which the end of a zip is searched: its last record and a comment (APPNOTE 4.3.16). */
const TAIL = 22 + 65535;
const END = Buffer.from('PK\x05\x06', 'latin1');
const DIRECTORY_ENTRY = 0x02014b50;
const CHUNK = 2 ** 22;

export interface ZipEnd {
  /** Bytes before the archive, such as a program that unpacks it. */
  readonly before: number;
  /** How many entries the directory has, where its counter of 16 bits has wrapped, as macOS lets it. */
  readonly entries?: number;
}

/** What stands at the end of a zip; undefined if there is no such end. */
export async function zipEnd(path: string): Promise<ZipEnd | undefined> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL));
    await handle.read(tail, 0, tail.length, size - tail.length);
    const at = tail.lastIndexOf(END);
    if (at < 0 || at + 22 > tail.length) return undefined;
    const [counted, length, offset] = [
      tail.readUInt16LE(at + 10),
      tail.readUInt32LE(at + 12),
      tail.readUInt32LE(at + 16),
    ];
    // Zip64 says in another place where things are.
    if (counted === 0xffff || length === 0xffffffff || offset === 0xffffffff) return { before: 0 };
    const before = Math.max(0, size - tail.length + at - length - offset);
    if (length < 46 * (counted + 65536)) return { before };
    return { before, entries: await countEntries(handle, before + offset, length) };
  } finally {
    await handle.close();
  }
}

/** Walks the directory from entry to entry. */
async function countEntries(handle: Awaited<ReturnType<typeof open>>, offset: number, length: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK);
  let entries = 0;
  for (let at = 0; at + 46 <= length;) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(CHUNK, length - at), offset + at);
    let used = 0;
    while (used + 46 <= bytesRead && chunk.readUInt32LE(used) === DIRECTORY_ENTRY) {
      const whole = 46 + chunk.readUInt16LE(used + 28) + chunk.readUInt16LE(used + 30) + chunk.readUInt16LE(used + 32);
      used += whole;
      entries++;
    }
    if (used === 0) break;
    at += used;
  }
  return entries;
}
