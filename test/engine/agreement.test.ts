import { test } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { createTensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import { expectAgreement } from './agreement.ts';
import { describeEngine } from './engine-contract.ts';

describeEngine('onnx', async () => createOnnxEngine());

test.each([0, 3, 7])('the two engines agree over 50 steps in every weight, with %i frozen layers', async (frozen) => {
  await expectAgreement(await createTensorflowEngine({ backend: 'cpu' }), frozen);
});
