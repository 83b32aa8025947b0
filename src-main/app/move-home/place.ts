import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { OWNER_ONLY } from '../../process/owner-only.ts';

/** Where the home folder was moved to, and from: absolute paths. */
const placeSchema = z.object({ home: z.string(), former: z.string().optional() });
type Place = z.infer<typeof placeSchema>;

const FILE = 'home.json';

/** Reads it from the platform's folder for what a program is told for good; undefined where the home was never moved. */
export function readPlace(config: string): Place | undefined {
  try {
    return placeSchema.parse(JSON.parse(readFileSync(join(config, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writePlace(config: string, place: Place): void {
  mkdirSync(config, { recursive: true, mode: OWNER_ONLY.folder });
  writeFileAtomic.sync(join(config, FILE), `${JSON.stringify(place)}\n`, { mode: OWNER_ONLY.file });
}
