import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { fileHash } from '../../process/file-hash.ts';

/**
 * What `transplant engine add tensorflow` leaves in a home: TensorFlow's own libraries from its Python wheel, and the
 * binding of @tensorflow/tfjs-node-gpu compiled against them.
 */
export interface Installation {
  /** `2.21.0` */
  readonly tensorflow: string;
  /** The wheel that was installed: `tensorflow-cpu`, `tensorflow[and-cuda]`. */
  readonly wheel: string;
  /** Whether TensorFlow found a usable graphics card when it was installed. */
  readonly gpu: boolean;
  /** `linux-x64` */
  readonly platform: string;
  /** Version of @tensorflow/tfjs-node-gpu, whose source was compiled and whose JavaScript calls it. */
  readonly bindingVersion: string;
  /** The tools it was built with: `Python 3.11.7`, `g++ 12.2.0`. */
  readonly madeWith: readonly string[];
  /** SHA-256 of each file, by its path below the folder. */
  readonly files: Readonly<Record<string, string>>;
}

const installationSchema: z.ZodType<Installation> = z.strictObject({
  tensorflow: z.string().min(1),
  wheel: z.string().min(1),
  gpu: z.boolean(),
  platform: z.string().min(1),
  bindingVersion: z.string().min(1),
  madeWith: z.array(z.string()),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export const BINDING_PACKAGE = '@tensorflow/tfjs-node-gpu';
export const BINDING_FILE = 'tfjs_binding.node';
/** The folder below the installation into which the wheel is unpacked; its libraries find each other by relative paths. */
export const WHEEL_FOLDER = 'python';
export const RECORD_FILE = 'engine.json';
export const PLATFORM = `${process.platform}-${process.arch}`;

/** The folder of the engines that were added to a home, a folder each. */
export const enginesFolder = (home: string): string => join(home, 'engines');
export const installationFolder = (home: string): string => join(enginesFolder(home), 'tensorflow');

/** The npm package whose binding is built. It is optional: throws where npm has not installed it. */
export function bindingPackage(): { readonly file: string; readonly version: string } {
  const require = createRequire(import.meta.url);
  const file = require.resolve(`${BINDING_PACKAGE}/package.json`);
  return { file, version: (require(file) as { version: string }).version };
}

/** The record of an installation; undefined where there is none. Throws where this program can't use it on this machine. */
export function readInstallation(home: string): Installation | undefined {
  const file = join(installationFolder(home), RECORD_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  const installation = parse(text);
  if (!installation) throw new Error(`${file} is damaged`);
  if (installation.platform !== PLATFORM)
    throw new Error(`it was built for ${installation.platform}, and this is ${PLATFORM}`);
  const { version } = bindingPackage();
  if (installation.bindingVersion !== version)
    throw new Error(`it was built for ${BINDING_PACKAGE} ${installation.bindingVersion}, and ${version} is installed`);
  return installation;
}

function parse(text: string): Installation | undefined {
  try {
    return installationSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Compares all files with their hashes, some hundred megabytes. Throws an error that names the first that differs. */
export async function verifyInstallation(home: string, { files }: Installation): Promise<void> {
  for (const [name, sha256] of Object.entries(files)) {
    const file = join(installationFolder(home), name);
    const found = await fileHash(file).catch(() => 'none');
    if (found !== sha256) throw new Error(`${file} is missing or damaged`);
  }
}
