import { messageOf, UserError } from '../../errors.ts';

/** The TensorFlow.js API; the native packages offer the same one. */
export type Tf = typeof import('@tensorflow/tfjs-core');

export type BackendName = 'native' | 'cpu';

export interface Tensorflow {
  readonly tf: Tf;
  readonly backend: BackendName;
  /** `TensorFlow.js 4.22.0, pure JavaScript` */
  readonly version: string;
  /** Why the native backend was not taken, as a sentence; undefined where it was, or was not asked for. */
  readonly reason: string | undefined;
}

/** Native bindings of libtensorflow, the preferred one first. Both are optional: most machines have neither. */
const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * The one place where the backend is chosen. `auto`: native where it loads and computes, else pure JavaScript.
 * `native` throws a UserError where it doesn't.
 */
export async function loadTensorflow(wanted: BackendName | 'auto' = 'auto'): Promise<Tensorflow> {
  if (wanted === 'cpu') return loadJavaScript(undefined);
  const failures: string[] = [];
  for (const name of NATIVE_PACKAGES) {
    try {
      return await loadNative(name);
    } catch (error) {
      failures.push(`${name}: ${whyNot(error)}`);
    }
  }
  const reason = `Native TensorFlow can't be used (${failures.join('; ')}).`;
  if (wanted === 'native')
    throw new UserError(`${reason} Install it, or choose another engine with --engine.`, { usage: true });
  return loadJavaScript(reason);
}

async function loadNative(name: string): Promise<Tensorflow> {
  const module = (await import(name)) as Tf & { default?: Tf };
  const tf = module.default ?? module;
  if (!(await tf.setBackend('tensorflow'))) throw new Error('it did not start');
  // Some versions load but fail at the first operation.
  const four = tf.tidy(() => tf.matMul(tf.ones([1, 4]), tf.ones([4, 1])).dataSync()[0]);
  if (four !== 4) throw new Error('it computes wrong numbers');
  tf.enableProdMode();
  return { tf, backend: 'native', version: `${name} ${tf.version_core}`, reason: undefined };
}

async function loadJavaScript(reason: string | undefined): Promise<Tensorflow> {
  // The whole of TensorFlow.js: its core alone has no gradients (they are in files that Node can't resolve).
  const { default: tf } = (await import('@tensorflow/tfjs')) as unknown as { default: Tf };
  tf.enableProdMode(); // also silences its advertisement of the native packages
  if (!(await tf.setBackend('cpu'))) throw new Error('the JavaScript backend of TensorFlow.js did not start');
  return { tf, backend: 'cpu', version: `TensorFlow.js ${tf.version_core}, pure JavaScript`, reason };
}

/** One clause. Messages of native modules that don't load run over many lines. */
function whyNot(error: unknown): string {
  const message = messageOf(error);
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return 'not installed';
  if (message.includes('native addon module')) return 'its native part is not installed';
  return message.trim().split(/\n|\.\s/)[0];
}
