import { expect, it } from 'vitest';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { efficientnetLite0 } from './efficientnet.ts';
import { evaluationFlops } from './flops.ts';

it('EfficientNet-Lite0 has the parameters of timm’s, and the published multiply-adds at 224 pixels', () => {
  const network = resolveNetwork({ ...efficientnetLite0, inputSize: 224 }, 1000);
  const learned = network.parameters.filter(({ role }) => !role.startsWith('running'));
  expect(learned.reduce((sum, { size }) => sum + size, 0)).toBe(4_652_008);
  // 407 million in tensorflow/tpu, efficientnet/lite; norms count here as well.
  expect(evaluationFlops(network) / 2 / 407e6).toBeCloseTo(1, 1);
});
