import { byteSize } from '../../common/numbers.ts';
import { readFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { z } from 'zod';
import type { Store } from '../../store/records.ts';
import { PACKAGE_FILE } from '../../process/program.ts';

const facts = z.record(z.string().max(100), z.string().max(1000));

/** Where a study was trained: versions by name, and `processor`, `cores`, `memory`, `system` of the machine. */
export const originSchema = z.strictObject({ software: facts, machine: facts });
export type Origin = z.infer<typeof originSchema>;

/** Where a study was trained: on this machine, unless it was imported from a file. */
export async function originOf(store: Store, study: string): Promise<Origin> {
  const elsewhere = store.studyOrigin(study);
  if (elsewhere !== undefined) return originSchema.parse(JSON.parse(elsewhere));
  return {
    software: await versions(),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: String(cpus().length),
      memory: byteSize(totalmem()),
      system: `${platform()} ${release()} ${arch()}`,
    },
  };
}

async function versions(): Promise<Record<string, string>> {
  const { version, dependencies } = JSON.parse(await readFile(PACKAGE_FILE, 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const named = ['onnxruntime-node', '@tensorflow/tfjs', 'better-sqlite3', 'sharp'];
  return {
    transplant: version,
    node: process.versions.node,
    ...Object.fromEntries(named.map((name) => [name, dependencies[name]])),
  };
}
