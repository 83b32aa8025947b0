/** Compiles a network for WebGPU and says on stdout how that was refused. */
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { UserError } from '../../src-main/errors.ts';
import { resnet as network } from './graph-networks.ts';
import { randomWeights } from './random-networks.ts';

const weights = randomWeights(network, 'w');
const compiled = createOnnxEngine('webgpu').compile({ network, batchSize: 2, frozen: 0, threads: 1, weights });
const refusal = await compiled.catch((error: unknown) => error);
process.stdout.write(refusal instanceof UserError ? refusal.message : 'no UserError');
