import { expect, test } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { createTensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { LAYER_SCHEMAS } from '../../src-main/network/layers/layers.ts';
import { treatedNetwork } from '../../src-main/network/variants.ts';
import { expectAgreement, wide } from './agreement.ts';
import { describeEngine } from './engine-contract.ts';
import * as GRAPHS from './graph-networks.ts';

describeEngine('onnx', async () => createOnnxEngine());

test.each([0, 3, 7])('the two engines agree over 50 steps in every weight, with %i frozen layers', async (frozen) => {
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { frozen });
});

test.each(Object.entries(GRAPHS).flatMap(([name, network]) => [0, 2].map((frozen) => ({ name, network, frozen }))))(
  'the two engines agree over 5 steps of the graph $name with $frozen frozen layers',
  async ({ network, frozen }) => {
    await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { network, frozen, steps: 5 });
  },
);

test.each(
  Object.entries(GRAPHS).flatMap(([name, network]) =>
    ([{ adapterRank: 2 }, { norms: 'statistics' }, { norms: 'affine' }] as const).map((treatment) => ({
      ...{ name, network, treatment },
    })),
  ),
)('the two engines agree over 2 steps of the graph $name whose lower layers have $treatment', async (one) => {
  const network = treatedNetwork(one.network, 2, one.treatment);
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { network, frozen: 0, steps: 2 });
});

test.each([0, 1])('the two engines agree over 5 steps of a graph in blocks, with %i frozen layers', async (frozen) => {
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), { network: wide, frozen, steps: 5 });
});

test('among the graphs is every kind of layer', () => {
  const used = new Set(Object.values(GRAPHS).flatMap(({ layers }) => layers.map(({ spec }) => spec.type)));
  expect([...used].sort()).toEqual(LAYER_SCHEMAS.map(({ shape }) => shape.type.value).sort());
});
