import { assertNever, UserError } from '../errors.ts';
import { whyMissing } from './available.ts';
import type { Engine } from './engine.ts';
import type { EngineName } from '../common/choices.ts';

interface LoadOptions {
  /** The home folder, to which engines may have been added; absent: only engines that npm has installed. */
  readonly home?: string;
  /** CPU threads, for engines that fix them when they are loaded; `compile` is given them again. Absent: all cores. */
  readonly threads?: number;
}

/** Loads one engine and its native libraries, and only this one. UserError where the program was packed without it. */
export async function loadEngine(name: EngineName, options: LoadOptions = {}): Promise<Engine> {
  const missing = whyMissing(name);
  if (missing) throw new UserError(missing, { usage: true });
  switch (name) {
    case 'onnx':
      return (await import('./onnx/engine.ts')).createOnnxEngine();
    case 'onnx-webgpu': {
      const { findAdapter } = await import('./onnx/gpu/adapter.ts');
      const adapter = await findAdapter();
      return (await import('./onnx/engine.ts')).createOnnxEngine('webgpu', adapter);
    }
    case 'onnx-cuda':
      return (await import('./onnx/engine.ts')).createOnnxEngine('cuda');
    case 'tensorflow':
      return (await import('./tensorflow/engine.ts')).createTensorflowEngine(options);
    default:
      return assertNever(name);
  }
}
