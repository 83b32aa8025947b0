import { assertNever, UserError } from '../errors.ts';
import type { Engine, EngineName } from './engine.ts';
import { whyMissing } from './missing.ts';

/** Loads one engine and its native libraries, and only this one. UserError where the program was packed without it. */
export async function loadEngine(name: EngineName): Promise<Engine> {
  const missing = whyMissing(name);
  if (missing) throw new UserError(missing, { usage: true });
  switch (name) {
    case 'onnx':
      return (await import('./onnx/engine.ts')).createOnnxEngine();
    case 'tensorflow':
      return (await import('./tensorflow/engine.ts')).createTensorflowEngine();
    default:
      return assertNever(name);
  }
}
