import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type { Tf } from './backend.ts';
import { BINDING_FILE, BINDING_PACKAGE, bindingPackage, installationFolder, readInstallation } from './installation.ts';

/** Native TensorFlow, before it has been tried. */
export interface NativeTensorflow {
  readonly tf: Tf;
  /** `TensorFlow 2.21.0` */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly gpu: boolean;
}

/** The part of the compiled binding that is used here. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/**
 * Loads what `transplant engine add tensorflow` built in a home; undefined where nothing was. Not through the package's
 * main file, which looks for its binding in its own folder only: its backend is registered with the binding given.
 */
export function loadAdded(home: string): NativeTensorflow | undefined {
  const installation = readInstallation(home);
  if (!installation) return undefined;
  const file = join(installationFolder(home), BINDING_FILE);
  if (createHash('sha256').update(readFileSync(file)).digest('hex') !== installation.files[BINDING_FILE])
    throw new Error(`${file} is damaged`);
  const require = createRequire(bindingPackage().file);
  const binding = require(file) as Binding;
  const tf = require('@tensorflow/tfjs') as Tf;
  require('./dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (binding: Binding, packageName: string) => KernelBackend;
  };
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, BINDING_PACKAGE));
  return { tf, version: `TensorFlow ${binding.TF_Version}`, gpu: binding.isUsingGpuDevice() };
}

/**
 * What native TensorFlow has to find in its process before it is loaded: it reads these once. What is set already was
 * meant by somebody, but for the threads.
 */
export function prepareProcess(threads: number | undefined): void {
  // tfjs-node 4.22 calls both; Node has the first no more since 23, and calls the second deprecated.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= (value) => Array.isArray(value);
  const { env } = process;
  if (threads !== undefined) {
    // Of one operation; operations come one after the other, because the step awaits none of them.
    env.TF_NUM_INTRAOP_THREADS = String(threads);
    env.TF_NUM_INTEROP_THREADS = '1';
  }
  // Same study, same machine, same bytes: on a graphics card, too.
  env.TF_DETERMINISTIC_OPS ??= '1';
  // Else the first of several trainings takes all memory of the graphics card.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Errors only: its greetings would be the last lines of a crash.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}
