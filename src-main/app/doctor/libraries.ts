import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { whyMissing } from '../../engine/missing.ts';
import { messageOf } from '../../errors.ts';
import { executable } from '../../process/executable.ts';
import { isPackaged } from '../../process/packaged.ts';
import { sqliteVersion } from '../../store/inspect.ts';
import type { Finding } from './finding.ts';
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

/** The engines, the one that is taken by default first, and why the others are not. */
export async function examineEngines(): Promise<Finding[]> {
  const [onnx, tensorflow] = await Promise.all([examineOnnx(), examineTensorflow()]);
  const gpu: Finding = {
    name: 'graphics card',
    status: 'note',
    text: 'Not used: this version of Transplant does not train through CUDA or WebGPU yet. Nothing is to be done; trainings run on the processor.',
  };
  return [onnx, tensorflow, gpu];
}

async function examineOnnx(): Promise<Finding> {
  const name = 'engine onnx';
  const trial = await tryOut('onnx');
  if (trial.failure === undefined)
    return {
      name,
      status: 'ok',
      text: `${trial.version}: computes a training step. It is the engine that is used by default.`,
    };
  return { name, status: 'problem', text: `The default engine does not work (${trial.failure}). ${REINSTALL}` };
}

async function examineTensorflow(): Promise<Finding> {
  const name = 'engine tensorflow';
  const missing = whyMissing('tensorflow');
  if (missing) return { name, status: 'note', text: missing };
  const trial = await tryOut('tensorflow');
  if (trial.failure !== undefined)
    return { name, status: 'note', text: `It does not work (${trial.failure}); use the engine onnx, the default.` };
  if (!trial.version.includes('JavaScript'))
    return {
      name,
      status: 'ok',
      text: `${trial.version}: computes a training step. Take it with --engine tensorflow.`,
    };
  return {
    name,
    status: 'note',
    text: `${nativeTensorflow()} ${trial.version}, computes the same, many times slower: use onnx, the default.`,
  };
}

/** Why the native library of TensorFlow was not taken. Found out without loading it. */
export function nativeTensorflow(resolve: (name: string) => string = createRequire(import.meta.url).resolve): string {
  let folder: string;
  try {
    folder = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'lib');
  } catch {
    return 'Native TensorFlow is not installed (the optional package @tensorflow/tfjs-node-gpu is missing; "npm install --include=optional" adds it).';
  }
  const versions = existsSync(folder) ? readdirSync(folder).filter((entry) => /^napi-v\d+$/.test(entry)) : [];
  const binding = versions.map((entry) => join(folder, entry, 'tfjs_binding.node')).find((file) => existsSync(file));
  if (binding === undefined)
    return `The native library of TensorFlow is not there (tfjs_binding.node in ${folder}; npm does not bring it and its download is no longer offered, so it would have to be built).`;
  return `The native library of TensorFlow is there (${binding}) but does not work here.`;
}

/** Milliseconds after which a library counts as hanging. */
const PATIENCE = 60_000;

/** Tries a library in a process of its own. Never rejects: a crash is a failure, too. */
export function tryOut(subject: TrialSubject, entry: string = executable('trial').entry): Promise<Trial> {
  return new Promise((settle) => {
    const child = fork(entry, [subject], {
      execPath: executable('trial').node,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    let answer: Trial | undefined;
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    child.on('message', (message) => (answer = message as Trial));
    child.on('error', (error) => settle({ failure: oneLine(error.message) }));
    child.on('close', (code, signal) => {
      const lines = said.trim().split('\n');
      // Node ends the trace of an error with its own version.
      const last = oneLine(lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '');
      const ended = `its process ended with ${signal ?? `code ${code}`}${last && `, saying "${last}"`}`;
      if (answer?.failure !== undefined) settle({ failure: oneLine(answer.failure) });
      else settle(answer ?? { failure: ended });
    });
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
