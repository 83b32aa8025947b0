import { test } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { createTensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import { expectAgreement } from './agreement.ts';
import { describeEngine } from './engine-contract.ts';
import * as GRAPHS from './graph-networks.ts';

describeEngine('onnx', async () => createOnnxEngine());

test.each([0, 3, 7])('the two engines agree over 50 steps in every weight, with %i frozen layers', async (frozen) => {
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { frozen });
});

test.each(Object.entries(GRAPHS).flatMap(([name, network]) => [0, 2].map((frozen) => ({ name, network, frozen }))))(
  'the two engines agree over 8 steps of the graph $name with $frozen frozen layers',
  async ({ network, frozen }) => {
    await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { network, frozen, steps: 8 });
  },
);

test('the two engines agree on a ResNet whose lower layers keep their weights and statistics beside adapters', async () => {
  const network = withAdapters(GRAPHS.resnet, 3, 2);
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { network, frozen: 0, steps: 8 });
});
