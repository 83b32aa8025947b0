import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DISK_PARTS, type DiskUsage } from '../common/contract/settings.ts';
import { freeSpace, packedFolder } from './home.ts';
import { RESULTS_CACHE } from './stored/kept-results.ts';
import { FIT_CACHE } from '../filters/fit/fit-cache.ts';

type Part = (typeof DISK_PARTS)[number];

/** What is at the top of a home folder. Everything else, such as engines, is `other`. */
const PARTS: Readonly<Record<string, Part>> = {
  data: 'images',
  checkpoints: 'weights',
  pretrained: 'weights',
  reports: 'reports',
  packed: 'cache',
  [FIT_CACHE]: 'cache',
  [RESULTS_CACHE]: 'cache',
};
const partOf = (name: string): Part => PARTS[name] ?? (name.startsWith('transplant.sqlite') ? 'results' : 'other');

/** Goes through all files of a home. Those that go away meanwhile count as nothing. */
export async function diskUsage(home: string): Promise<DiskUsage> {
  const parts = new Map(DISK_PARTS.map((part) => [part, { part, bytes: 0, files: 0 }]));
  for (const name of await readdir(home)) {
    const part = parts.get(partOf(name))!;
    for await (const bytes of sizesBelow(join(home, name))) {
      part.bytes += bytes;
      part.files += 1;
    }
  }
  return { parts: [...parts.values()], free: await freeSpace(home).catch(() => null) };
}

async function* sizesBelow(path: string): AsyncGenerator<number> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isFile()) yield entry.size;
  if (!entry?.isDirectory()) return;
  for (const name of await readdir(path).catch(() => [])) yield* sizesBelow(join(path, name));
}

/** Deletes what is worked out or packed again when it is asked for. */
export async function clearCache(home: string): Promise<void> {
  for (const folder of [packedFolder(home), join(home, FIT_CACHE), join(home, RESULTS_CACHE)])
    await rm(folder, { recursive: true, force: true });
}
