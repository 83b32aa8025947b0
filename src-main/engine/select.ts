import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { assertNever, UserError } from '../errors.ts';
import { isPackaged } from '../process/packaged.ts';
import type { Engine, EngineName } from './engine.ts';
import { readInstallation } from './tensorflow/installation.ts';

/**
 * The engine that `auto` stands for in a home: ONNX Runtime, which npm installs and which is the faster one on a processor;
 * TensorFlow only where it was added and found a graphics card. Loads nothing. WebGPU is never chosen: only trying shows
 * whether a card is there and faster, and its adapter might be software.
 */
export function automaticEngine(home: string): EngineName {
  if (whyMissing('tensorflow')) return 'onnx';
  try {
    return readInstallation(home)?.gpu ? 'tensorflow' : 'onnx';
  } catch {
    return 'onnx';
  }
}

export interface LoadOptions {
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

const NOT_PACKED =
  'The engine tensorflow is not in this package: take onnx, which computes the same; or run Transplant from its source, ' +
  'where "npx transplant engine add tensorflow" builds it.';
const NO_CUDA =
  'The library for CUDA is not installed (libonnxruntime_providers_cuda.so of onnxruntime-node): take the engine onnx; on Linux with an NVIDIA card and CUDA 12, "node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12" fetches it.';

/** Why an engine can't be used here in any case, as a sentence; undefined: it may be there. Loads nothing. */
export function whyMissing(name: EngineName): string | undefined {
  if (name === 'tensorflow' && isPackaged) return NOT_PACKED;
  return name === 'onnx-cuda' && !hasCudaLibrary() ? NO_CUDA : undefined;
}

function hasCudaLibrary(): boolean {
  const { platform, arch } = process;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    return existsSync(join(folder, 'bin', 'napi-v6', platform, arch, 'libonnxruntime_providers_cuda.so'));
  } catch {
    return false;
  }
}
