import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { messageOf, UserError } from '../../errors.ts';
import { BINDING_FILE, BINDING_PACKAGE, bindingPackage, installationFolder, readInstallation } from './installation.ts';

/** The TensorFlow.js API; the native packages offer the same one. */
export type Tf = typeof import('@tensorflow/tfjs-core');

type BackendName = 'native' | 'cpu';

export interface Tensorflow {
  readonly tf: Tf;
  readonly backend: BackendName;
  /** `TensorFlow 2.21.0, CPU`, `TensorFlow.js 4.22.0, pure JavaScript` */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly gpu: boolean;
  /** Why the native backend is not used, as a sentence; undefined where it is, or was not asked for. */
  readonly reason: string | undefined;
}

export interface TensorflowOptions {
  readonly backend?: BackendName | 'auto';
  /** The home folder, to which native TensorFlow may have been added. */
  readonly home?: string;
  /** CPU threads of the native backend, for the whole process; absent: all cores. */
  readonly threads?: number;
}

/** Bindings of libtensorflow as npm may have installed them, the preferred one first. Most machines have neither. */
const NATIVE_PACKAGES = [BINDING_PACKAGE, '@tensorflow/tfjs-node'];
const ADD = '"transplant engine add tensorflow"';

/**
 * Chooses the backend. `auto`: native where it loads and computes, that of the home first, otherwise pure JavaScript.
 * `native` throws a UserError where it doesn't load.
 */
export async function loadTensorflow({ backend = 'auto', home, threads }: TensorflowOptions): Promise<Tensorflow> {
  if (backend === 'cpu') return loadJavaScript(undefined);
  prepareProcess(threads);
  let added: string | undefined;
  try {
    const found = home === undefined ? undefined : loadAdded(home);
    if (found) return await started(found);
  } catch (error) {
    added = `The TensorFlow in ${installationFolder(home!)} can't be used (${firstClause(error)}); ${ADD} builds it anew.`;
  }
  for (const name of NATIVE_PACKAGES) {
    const installed = await loadInstalled(name).catch(() => undefined);
    if (installed) return installed;
  }
  const reason = added ?? `Native TensorFlow is not there; ${ADD} builds it.`;
  if (backend === 'native') throw new UserError(`${reason} Or choose another engine with --engine.`, { usage: true });
  return loadJavaScript(reason);
}

/** Native TensorFlow, before it has been tried. */
interface NativeTensorflow {
  readonly tf: Tf;
  /** `TensorFlow 2.21.0` */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly gpu: boolean;
}

/** The part of the compiled binding that this file uses. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/**
 * Loads what `transplant engine add tensorflow` built in a home; undefined where nothing was. The package's main file would
 * look for the binding in its own folder only, so its backend is registered here with the binding.
 */
function loadAdded(home: string): NativeTensorflow | undefined {
  const installation = readInstallation(home);
  if (!installation) return undefined;
  const file = join(installationFolder(home), BINDING_FILE);
  if (createHash('sha256').update(readFileSync(file)).digest('hex') !== installation.files[BINDING_FILE])
    throw new Error(`${file} is damaged`);
  const require = createRequire(bindingPackage().file);
  const binding = require(file) as Binding;
  const tf = require('@tensorflow/tfjs') as Tf;
  require('./dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (binding: Binding, packageName: string) => KernelBackend;
  };
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, BINDING_PACKAGE));
  return { tf, version: `TensorFlow ${binding.TF_Version}`, gpu: binding.isUsingGpuDevice() };
}

/**
 * Sets what native TensorFlow reads once, when it is loaded. Variables that the user has set stay as they are, but for the
 * threads.
 */
function prepareProcess(threads: number | undefined): void {
  // tfjs-node 4.22 calls both; Node has dropped the first in version 23, and deprecates the second.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= (value) => Array.isArray(value);
  const { env } = process;
  if (threads !== undefined) {
    // Threads within one operation; operations come one after the other, because the step awaits none of them.
    env.TF_NUM_INTRAOP_THREADS = String(threads);
    env.TF_NUM_INTEROP_THREADS = '1';
  }
  // The same study gives the same bytes on the same machine, on a graphics card too.
  env.TF_DETERMINISTIC_OPS ??= '1';
  // Otherwise the first of several trainings takes all memory of the graphics card.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Only errors are logged: its greetings would be the last lines of a crash.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

async function loadInstalled(name: string): Promise<Tensorflow> {
  const module = (await import(name)) as Tf & { default?: Tf };
  const tf = module.default ?? module;
  const { isUsingGpuDevice: gpu = false } = tf.backend() as { isUsingGpuDevice?: boolean };
  return started({ tf, version: `${name} ${tf.version_core}`, gpu });
}

async function started({ tf, version, gpu }: NativeTensorflow): Promise<Tensorflow> {
  if (!(await tf.setBackend('tensorflow'))) throw new Error('it did not start');
  // Some versions load, but fail at the first operation.
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])));
  if (String(product.dataSync()) !== '19,22,43,50') throw new Error('it computes wrong numbers');
  product.dispose();
  tf.enableProdMode();
  return { tf, backend: 'native', version: `${version}, ${gpu ? 'GPU' : 'CPU'}`, gpu, reason: undefined };
}

async function loadJavaScript(reason: string | undefined): Promise<Tensorflow> {
  // The whole of TensorFlow.js, as its core alone has no gradients (they are in files that Node can't resolve).
  const { default: tf } = (await import('@tensorflow/tfjs')) as unknown as { default: Tf };
  tf.enableProdMode(); // also silences its advertisement of the native packages
  if (!(await tf.setBackend('cpu'))) throw new Error('the JavaScript backend of TensorFlow.js did not start');
  const version = `TensorFlow.js ${tf.version_core}, pure JavaScript`;
  return { tf, backend: 'cpu', version, gpu: false, reason };
}

/** The first clause of an error's message: those of native modules that don't load have many lines. */
const firstClause = (error: unknown): string =>
  messageOf(error)
    .trim()
    .split(/\n|\.\s/)[0];
