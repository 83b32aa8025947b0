import type { Engine } from '../engine.ts';
import { loadTensorflow, type BackendName } from './backend.ts';
import { TensorflowTrainer } from './trainer.ts';

export interface TensorflowEngine extends Engine {
  readonly backend: BackendName;
  /** Why the native backend was not taken, as a sentence, for `doctor`. */
  readonly reason: string | undefined;
}

/**
 * The network in the TensorFlow.js API. The pure JavaScript backend is slow, always there, and what tests run on; it
 * uses one thread whatever `TrainerOptions.threads` says.
 */
export async function createTensorflowEngine(
  options: { readonly backend?: BackendName | 'auto' } = {},
): Promise<TensorflowEngine> {
  const { tf, backend, version, reason } = await loadTensorflow(options.backend);
  return {
    name: 'tensorflow',
    version,
    backend,
    reason,
    compile: async (trainerOptions) => new TensorflowTrainer(tf, trainerOptions),
  };
}
