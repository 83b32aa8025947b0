import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { byteSize } from '../../common/numbers.ts';
import { inTemporaryFolder } from '../../data/packed/temporary-folder.ts';
import { whyMissing } from '../../engine/available.ts';
import {
  BINDING_FILE,
  BINDING_PACKAGE,
  bindingPackage,
  enginesFolder,
  type Installation,
  installationFolder,
  PLATFORM,
  readInstallation,
  RECORD_FILE,
  verifyInstallation,
  WHEEL_FOLDER,
} from '../../engine/tensorflow/installation.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { tryOut } from '../doctor/libraries.ts';
import type { Trial } from '../doctor/subjects.ts';
import { freeSpace } from '../home.ts';
import { compileBinding, findCompiler } from './compiler.ts';
import { fetchWheel, findPython, type Wheel } from './python.ts';
import { fileHash } from '../../process/file-hash.ts';

export interface AddOptions {
  readonly home: string;
  /** Whether to take the build of TensorFlow for NVIDIA cards, with CUDA. */
  readonly gpu: boolean;
  /** The release of TensorFlow, `2.21.0`; absent: the newest that is known to work. */
  readonly release?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onStage: (stage: string) => void;
  /** Trains one step with the TensorFlow of a home, in a process of its own. */
  readonly tryTensorflow?: (home: string) => Promise<Trial>;
}

export interface Added {
  readonly installation: Installation;
  /** False where a working installation was there already. */
  readonly built: boolean;
}

/** Bytes of disk that a build takes: the wheel as it is fetched, unpacked, and a second copy while pip moves it. */
const ROOM = { cpu: 3 * 2 ** 30, gpu: 15 * 2 ** 30 };

/**
 * Builds native TensorFlow into a home: fetches its wheel, compiles the binding against it, tries it and keeps only what
 * is needed at run time. It is built under another name and renamed at the end, so that an interruption leaves no half
 * installation. Throws UserErrors, and Cancelled.
 */
export async function addTensorflow(options: AddOptions): Promise<Added> {
  const {
    home,
    gpu,
    release,
    onStage,
    signal,
    tryTensorflow = (folder) => tryOut('tensorflow', { home: folder }),
  } = options;
  const bindingVersion = requirePackage();
  const wheel: Wheel = gpu
    ? { name: 'tensorflow[and-cuda]', release, dependencies: true }
    : { name: 'tensorflow-cpu', release, dependencies: false };
  const existing = await working(home, tryTensorflow);
  if (existing?.wheel === wheel.name && (release === undefined || existing.tensorflow === release))
    return { installation: existing, built: false };

  const python = await findPython(options);
  const compiler = await findCompiler(options);
  await mkdir(enginesFolder(home), { recursive: true });
  await requireRoom(enginesFolder(home), gpu ? ROOM.gpu : ROOM.cpu);
  return inTemporaryFolder(enginesFolder(home), async (temporary) => {
    // The temporary folder is laid out like a home, so that it is tried in the way that it will be used.
    const folder = installationFolder(temporary);
    onStage(`Fetching ${wheel.name} with ${python.version}: ${gpu ? 'some gigabytes' : 'about 260 MiB'} ...`);
    await fetchWheel(python, wheel, join(folder, WHEEL_FOLDER), options);
    onStage(`Compiling its binding for Node with ${compiler.version} ...`);
    await compileBinding(compiler, folder, options);
    await keepLibraries(join(folder, WHEEL_FOLDER));
    const untested: Installation = {
      tensorflow: release ?? 'unknown until it is tried',
      wheel: wheel.name,
      gpu: false,
      platform: PLATFORM,
      bindingVersion,
      madeWith: [python.version, compiler.version],
      files: { [BINDING_FILE]: await fileHash(join(folder, BINDING_FILE)), ...(await libraryHashes(folder)) },
    };
    await writeRecord(folder, untested);
    onStage('Trying it ...');
    const trial = await tryTensorflow(temporary);
    if (signal.aborted) throw new Cancelled();
    const installation = { ...untested, ...tried(trial) };
    await writeRecord(folder, installation);
    await replace(installationFolder(home), folder, join(temporary, 'before'));
    return { installation, built: true };
  });
}

/** The version of the npm package with the binding's source. Throws a UserError where TensorFlow can't be built here. */
function requirePackage(): string {
  const missing = whyMissing('tensorflow');
  if (missing) throw new UserError(missing, { usage: true });
  if (process.platform !== 'linux')
    throw new UserError('Native TensorFlow can be built on Linux only; use the engine onnx, the default.', {
      usage: true,
    });
  try {
    return bindingPackage().version;
  } catch (error) {
    throw new UserError(
      `The source of the binding is missing: install Transplant anew with "npm ci", which brings ${BINDING_PACKAGE}.`,
      { cause: error },
    );
  }
}

/** The installation of a home, if it is intact and computes. */
async function working(home: string, tryTensorflow: (home: string) => Promise<Trial>) {
  try {
    const installation = readInstallation(home);
    if (!installation) return undefined;
    await verifyInstallation(home, installation);
    tried(await tryTensorflow(home));
    return installation;
  } catch {
    return undefined;
  }
}

/** Throws a UserError where the trial fell back to another backend, or failed. */
function tried(trial: Trial): { tensorflow: string; gpu: boolean } {
  if (trial.failure !== undefined) throw doesNotWork(trial.failure);
  const [, tensorflow] = /^TensorFlow (\d\S*),/.exec(trial.version) ?? [];
  if (tensorflow === undefined) throw doesNotWork(trial.reason ?? `${trial.version} was loaded`);
  return { tensorflow, gpu: trial.gpu ?? false };
}

const doesNotWork = (reason: string): UserError =>
  new UserError(`The TensorFlow that was built does not work here (${reason}); try another release with --tensorflow.`);

async function requireRoom(folder: string, needed: number): Promise<void> {
  const free = await freeSpace(folder);
  if (free >= needed) return;
  throw new UserError(
    `Building TensorFlow takes ${byteSize(needed)} in ${folder}, but only ${byteSize(free)} are free: free some space, or ` +
      'choose another folder with --home DIR or TRANSPLANT_HOME.',
  );
}

/** Keeps of a wheel only what is loaded at run time, and its licences: two thirds of it. */
async function keepLibraries(wheel: string): Promise<void> {
  const keep = /^(tensorflow|nvidia|tensorflow.*\.dist-info|nvidia.*\.dist-info)$/;
  const keepOfTensorflow = /^(lib.*\.so[.\d]*|LICENSE.*|THIRD_PARTY_NOTICES.*)$/;
  await removeOthers(wheel, keep);
  await removeOthers(join(wheel, 'tensorflow'), keepOfTensorflow);
}

async function removeOthers(folder: string, keep: RegExp): Promise<void> {
  for (const name of await readdir(folder))
    if (!keep.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

async function libraryHashes(folder: string): Promise<Record<string, string>> {
  const below = join(WHEEL_FOLDER, 'tensorflow');
  const hashes: Record<string, string> = {};
  for (const name of await readdir(join(folder, below)))
    if (name.includes('.so')) hashes[join(below, name)] = await fileHash(join(folder, below, name));
  return hashes;
}

const writeRecord = (folder: string, installation: Installation): Promise<void> =>
  writeFile(join(folder, RECORD_FILE), `${JSON.stringify(installation, null, 2)}\n`);

/** Moves a folder into its place. What was there before is deleted with the temporary folder. */
async function replace(place: string, folder: string, before: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await rename(place, before).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(folder, place);
}

/**
 * Removes what `addTensorflow` has built, and what it left when it was killed. Returns false where there was nothing.
 * New trainings no longer find it; a training that has loaded it continues.
 */
export async function removeTensorflow(home: string): Promise<boolean> {
  if (!existsSync(enginesFolder(home))) return false;
  return inTemporaryFolder(enginesFolder(home), async (temporary) => {
    if (!existsSync(installationFolder(home))) return false;
    await rename(installationFolder(home), join(temporary, 'removed'));
    return true;
  });
}
