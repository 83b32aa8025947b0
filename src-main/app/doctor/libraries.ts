import { fork } from 'node:child_process';
import { automaticEngine, whyMissing } from '../../engine/available.ts';
import type { EngineName } from '../../common/choices.ts';
import { findAdapter, type Adapter } from '../../engine/onnx/gpu/adapter.ts';
import { readInstallation, verifyInstallation } from '../../engine/tensorflow/installation.ts';
import { messageOf } from '../../errors.ts';
import { executable, isPackaged } from '../../process/executable.ts';
import { sqliteVersion } from '../../store/database.ts';
import type { Finding } from '../../common/contract/engine.ts';
import { IMAGE_FORMATS, type Trial, type TrialSubject } from './subjects.ts';

const REINSTALL = `Install Transplant ${isPackaged ? 'again' : 'anew with "npm ci"'}; if that does not help, this platform is not supported.`;

export function examineSqlite(): Finding {
  try {
    return { name: 'SQLite', status: 'ok', text: `SQLite ${sqliteVersion()} loads.` };
  } catch (error) {
    return {
      name: 'SQLite',
      status: 'problem',
      text: `SQLite does not load (${oneLine(messageOf(error))}). ${REINSTALL}`,
    };
  }
}

export async function examineImages(): Promise<Finding> {
  const name = 'images';
  const trial = await tryOut('images');
  if (trial.failure !== undefined)
    return { name, status: 'problem', text: `Images can't be decoded (${trial.failure}). ${REINSTALL}` };
  const missing = IMAGE_FORMATS.map((format) => format.name).filter((format) => !trial.decodes?.includes(format));
  const text = `${trial.version} loads and decodes ${trial.decodes?.join(', ')}`;
  if (missing.length === 0) return { name, status: 'ok', text: `${text}.` };
  return {
    name,
    status: 'note',
    text: `${text}, but not ${missing.join(', ')}: convert such images before the import.`,
  };
}

/** Examines every engine: whether it works here, whether it is the default, and why not. */
export async function examineEngines(home: string): Promise<Finding[]> {
  const used = automaticEngine(home);
  return Promise.all([
    examineOnnx(used === 'onnx'),
    examineWebgpu(),
    examineCuda(),
    examineTensorflow(home, used === 'tensorflow'),
  ]);
}

async function examineOnnx(used: boolean): Promise<Finding> {
  const name = 'engine onnx';
  const trial = await tryOut('onnx');
  if (trial.failure === undefined)
    return {
      name,
      status: 'ok',
      text: `${trial.version}: computes a training step. ${howToUse('onnx', used)}`,
    };
  return { name, status: 'problem', text: `The default engine does not work (${trial.failure}). ${REINSTALL}` };
}

/** Names the adapter that WebGPU finds and, unless that is software, trains a network on it. */
export async function examineWebgpu(find: () => Promise<Adapter> = findAdapter): Promise<Finding> {
  const name = 'engine onnx-webgpu';
  const adapter = await find().catch((error: unknown) => messageOf(error));
  if (typeof adapter === 'string') return { name, status: 'note', text: adapter };
  if (adapter.kind === 'software')
    return {
      name,
      status: 'note',
      text: `WebGPU has only ${adapter.name} here, which is software: the processor would do a graphics card's work, slowly. It is used only with --engine onnx-webgpu. If this machine has a graphics card, install its driver for Vulkan.`,
    };
  const trial = await tryOut('onnx-webgpu');
  if (trial.failure !== undefined)
    return { name, status: 'note', text: `It does not work (${trial.failure}); use the engine onnx, the default.` };
  const doubt =
    adapter.kind === 'unknown' ? ' This platform does not tell whether that is a graphics card or software.' : '';
  return {
    name,
    status: 'ok',
    text: `${trial.version}: computes a training step.${doubt} Use it with --engine onnx-webgpu. It is not the default, because whether it is faster than onnx depends on the card and the network: measure both.`,
  };
}

async function examineCuda(): Promise<Finding> {
  const name = 'engine onnx-cuda';
  const missing = whyMissing('onnx-cuda');
  if (missing) return { name, status: 'note', text: missing };
  const trial = await tryOut('onnx-cuda');
  if (trial.failure !== undefined)
    return { name, status: 'note', text: `It does not work (${trial.failure}); use the engine onnx, the default.` };
  return { name, status: 'ok', text: `${trial.version}: computes a training step. Use it with --engine onnx-cuda.` };
}

async function examineTensorflow(home: string, used: boolean): Promise<Finding> {
  const name = 'engine tensorflow';
  const missing = whyMissing('tensorflow');
  if (missing) return { name, status: 'note', text: missing };
  const [trial, damage] = await Promise.all([tryOut('tensorflow', { home }), damageOfTensorflow(home)]);
  const failure = trial.failure ?? damage;
  if (failure !== undefined)
    return {
      name,
      status: used ? 'problem' : 'note',
      text: `It does not work (${failure}): build it anew with "transplant engine remove tensorflow" and "transplant engine add tensorflow", or use the engine onnx.`,
    };
  const { version, reason, gpu } = trial as Exclude<Trial, { failure: string }>;
  if (reason !== undefined)
    return { name, status: 'note', text: `${reason} ${version}, computes the same, many times slower than onnx.` };
  const device = gpu ? 'on the graphics card' : 'on the processor; no graphics card that it can use was found';
  return {
    name,
    status: 'ok',
    text: `${version}: computes a training step ${device}. ${howToUse('tensorflow', used)}`,
  };
}

const howToUse = (engine: EngineName, used: boolean): string =>
  used ? 'It is the engine that is used by default.' : `Use it with --engine ${engine}.`;

/** Compares the installed files with what was built, byte by byte, and returns what is wrong with them. */
async function damageOfTensorflow(home: string): Promise<string | undefined> {
  try {
    const installation = readInstallation(home);
    if (installation) await verifyInstallation(home, installation);
    return undefined;
  } catch (error) {
    return oneLine(messageOf(error));
  }
}

/** Milliseconds after which a library counts as hanging. */
const TIMEOUT = 60_000;

export interface TryOptions {
  /** The home folder, to which engines may have been added. */
  readonly home?: string;
  /** The file that is run. */
  readonly entry?: string;
}

/** Tries a library in a process of its own. Never rejects: a crash is a failure, too. */
export function tryOut(
  subject: TrialSubject,
  { home, entry = executable('trial').entry }: TryOptions = {},
): Promise<Trial> {
  return new Promise((resolve) => {
    const child = fork(entry, home === undefined ? [subject] : [subject, home], {
      execPath: executable('trial').node,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: TIMEOUT,
      killSignal: 'SIGKILL',
    });
    let answer: Trial | undefined;
    let written = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (written = (written + text).slice(-2000)));
    child.on('message', (message) => (answer = message as Trial));
    child.on('error', (error) => resolve({ failure: oneLine(error.message) }));
    child.on('close', (code, signal) => {
      const lines = written.trim().split('\n');
      // The last line won't do, as Node ends the trace of an error with its own version.
      const last = oneLine(lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '');
      const ended = `its process ended with ${signal ?? `code ${code}`}${last && `, saying "${last}"`}`;
      if (answer?.failure !== undefined) resolve({ failure: oneLine(answer.failure) });
      else resolve(answer ?? { failure: ended });
    });
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
