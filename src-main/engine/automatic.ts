import type { EngineName } from '../common/choices.ts';
import { whyMissing } from './missing.ts';
import { readInstallation } from './tensorflow/installation.ts';

/**
 * The engine that `auto` stands for in a home: ONNX Runtime, which needs nothing but what npm installs and is the faster
 * one on a processor; TensorFlow only where it was added and found a graphics card. Loads nothing. Never WebGPU, hence never
 * an adapter that is software: whether a card is there, and faster, is known only by trying.
 */
export function automaticEngine(home: string): EngineName {
  if (whyMissing('tensorflow')) return 'onnx';
  try {
    return readInstallation(home)?.gpu ? 'tensorflow' : 'onnx';
  } catch {
    return 'onnx';
  }
}
