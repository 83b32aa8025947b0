import { messageOf, UserError } from '../../errors.ts';
import { BINDING_PACKAGE, installationFolder } from './installation.ts';
import { loadAdded, prepareProcess, type NativeTensorflow } from './native.ts';

/** The TensorFlow.js API; the native packages offer the same one. */
export type Tf = typeof import('@tensorflow/tfjs-core');

export type BackendName = 'native' | 'cpu';

export interface Tensorflow {
  readonly tf: Tf;
  readonly backend: BackendName;
  /** `TensorFlow 2.21.0, CPU`, `TensorFlow.js 4.22.0, pure JavaScript` */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly gpu: boolean;
  /** Why the native backend was not taken, as a sentence; undefined where it was, or was not asked for. */
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
export const ADD = '"transplant engine add tensorflow"';

/**
 * The one place where the backend is chosen. `auto`: native where it loads and computes, what was added to the home
 * first, else pure JavaScript. `native` throws a UserError where it doesn't.
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

async function loadInstalled(name: string): Promise<Tensorflow> {
  const module = (await import(name)) as Tf & { default?: Tf };
  const tf = module.default ?? module;
  const { isUsingGpuDevice: gpu = false } = tf.backend() as { isUsingGpuDevice?: boolean };
  return started({ tf, version: `${name} ${tf.version_core}`, gpu });
}

async function started({ tf, version, gpu }: NativeTensorflow): Promise<Tensorflow> {
  if (!(await tf.setBackend('tensorflow'))) throw new Error('it did not start');
  // Some versions load but fail at the first operation.
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])));
  if (String(product.dataSync()) !== '19,22,43,50') throw new Error('it computes wrong numbers');
  product.dispose();
  tf.enableProdMode();
  return { tf, backend: 'native', version: `${version}, ${gpu ? 'GPU' : 'CPU'}`, gpu, reason: undefined };
}

async function loadJavaScript(reason: string | undefined): Promise<Tensorflow> {
  // The whole of TensorFlow.js: its core alone has no gradients (they are in files that Node can't resolve).
  const { default: tf } = (await import('@tensorflow/tfjs')) as unknown as { default: Tf };
  tf.enableProdMode(); // also silences its advertisement of the native packages
  if (!(await tf.setBackend('cpu'))) throw new Error('the JavaScript backend of TensorFlow.js did not start');
  const version = `TensorFlow.js ${tf.version_core}, pure JavaScript`;
  return { tf, backend: 'cpu', version, gpu: false, reason };
}

/** Messages of native modules that don't load run over many lines. */
const firstClause = (error: unknown): string =>
  messageOf(error)
    .trim()
    .split(/\n|\.\s/)[0];
