import { assertNever } from '../errors.ts';
import type { Engine, EngineName } from './engine.ts';

/** Loads one engine and its native libraries, and only this one. */
export async function loadEngine(name: EngineName): Promise<Engine> {
  switch (name) {
    case 'onnx':
      return (await import('./onnx/engine.ts')).createOnnxEngine();
    case 'tensorflow':
      return (await import('./tensorflow/engine.ts')).createTensorflowEngine();
    default:
      return assertNever(name);
  }
}
