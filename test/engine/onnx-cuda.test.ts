import { expect, test } from 'vitest';
import { evaluationGraph } from '../../src-main/engine/onnx/forward.ts';
import { cardLayout } from '../../src-main/engine/onnx/layouts.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import { smallWithDropout } from './random-networks.ts';

/**
 * There is no CUDA here to count nodes on. Of these operators onnxruntime's documentation (docs/OperatorKernels.md, CUDA
 * provider) lists kernels for float32 in the version that graphs are written in: Add 14, Gemm 13, Mul 14, Pad 18,
 * Reshape 21, Slice 13, Sub 14, Transpose 13.
 */
const ON_CUDA = new Set(['Add', 'Gemm', 'Mul', 'Pad', 'Reshape', 'Slice', 'Sub', 'Transpose']);

test('all that adapters add to the graphs for graphics cards is what CUDA computes itself', () => {
  const plain = smallWithDropout();
  const adapted = withAdapters(plain, 5, 4);
  for (const graphOf of [
    (network: typeof plain) => stepGraph(network, 32, 0, cardLayout),
    (network: typeof plain) => evaluationGraph(network, 32, cardLayout),
  ]) {
    const [before, after] = [graphOf(plain).operators(), graphOf(adapted).operators()];
    const added = [...after].filter(([operator, count]) => count > (before.get(operator) ?? 0)).map(([name]) => name);
    expect(added).toContain('Gemm');
    expect(added.filter((operator) => !ON_CUDA.has(operator))).toEqual([]);
  }
});
