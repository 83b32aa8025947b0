import type { Engine } from '../engine.ts';
import { loadTensorflow, type Tensorflow, type TensorflowOptions } from './backend.ts';
import { TensorflowTrainer } from './trainer.ts';

export type TensorflowEngine = Engine & Omit<Tensorflow, 'tf'>;

/**
 * The network in the TensorFlow.js API. The pure JavaScript backend is slow, always there, and what tests run on; it
 * uses one thread. Native TensorFlow takes its threads when it is loaded, not from `TrainerOptions.threads`.
 */
export async function createTensorflowEngine(options: TensorflowOptions = {}): Promise<TensorflowEngine> {
  const { tf, ...about } = await loadTensorflow(options);
  return {
    name: 'tensorflow',
    ...about,
    compile: async (trainerOptions) => new TensorflowTrainer(tf, trainerOptions),
  };
}
