import { statfs } from 'node:fs/promises';

/** Bytes that are free where a folder is, for an ordinary user. Rejects where the file system can't tell. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
