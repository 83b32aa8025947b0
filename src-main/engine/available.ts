import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isPackaged } from '../process/packaged.ts';
import type { EngineName } from './engine.ts';
import { readInstallation } from './tensorflow/installation.ts';

// Nothing here loads an engine, nor imports what does (select.ts): these functions serve the window's process, too.

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
