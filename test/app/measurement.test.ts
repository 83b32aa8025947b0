import { expect, test } from 'vitest';
import { measureFor, type MeasureRequest } from '../../src-main/app/planning/measurement.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { tinyNetwork } from '../network/tiny-network.ts';

/** Of a number of classes that nobody else in this process has had measured. */
const request: MeasureRequest = { network: tinyNetwork, classes: 7, engine: 'onnx', workers: 2, cores: 2 };

test('a network is measured once, however often and by whomever it is asked for; one that was cancelled, again', async () => {
  await expect(measureFor(request, AbortSignal.abort())).rejects.toBeInstanceOf(Cancelled);
  const training = { ...tinyNetwork.training, epochs: 50, learningRate: 0.5 };
  const longer = { ...request, network: { ...tinyNetwork, name: 'longer', training } };
  const [first, second] = await Promise.all([measureFor(request), measureFor(longer)]);
  expect(first.engineVersion).toContain('onnxruntime-node');
  expect(second).toBe(first);
  expect(await measureFor(request)).toBe(first);
});
