import { expect, test } from 'vitest';
import { measureFor, type MeasureRequest } from '../../src-main/app/planning/measurement.ts';
import { medianIsKnown } from '../../src-main/app/tasks/measure.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { RandomStream } from '../../src-main/random.ts';
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

test('the memory of a training has room for the copy that a checkpoint is written from', async () => {
  const layers = [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3 },
    { type: 'dense', name: 'fc2', units: 4000 },
    { type: 'dense', name: 'fc3', units: 4000 },
    { type: 'dense', name: 'fc4' },
  ];
  const network = networkSchema.parse({ ...tinyNetwork, name: 'wide', layers });
  const { memory } = await measureFor({ network, classes: 3, engine: 'onnx', workers: 1, cores: 1 });
  const { parameters } = resolveNetwork(network, 3);
  const weights = 4 * parameters.reduce((sum, { size }) => sum + size, 0);
  // Weights and momentum, the next values of both, and the copies of both.
  expect(memory).toBeGreaterThan(6 * weights);
});

test('a measurement ends once its median is known: soon on a quiet machine, later on a busy one, and seldom wrong', () => {
  /** Steps of a second, which take longer by chance; how many are taken, and their median. */
  const measured = (seed: number, chance: number) => {
    const random = new RandomStream(`measured ${seed}`);
    const times: number[] = [];
    while (times.length < 1000 && !medianIsKnown(times)) times.push(1 + chance * random.uniform());
    return { taken: times.length, median: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] };
  };
  const each = Array.from({ length: 100 }, (_, seed) => seed);
  expect(measured(0, 0)).toEqual({ taken: 6, median: 1 });
  for (const seed of each) expect(measured(seed, 0.05).taken).toBe(6);
  // Of times between one and two seconds.
  const busy = each.map((seed) => measured(seed, 1));
  const taken = busy.map((one) => one.taken).toSorted((a, b) => a - b);
  expect(taken[50]).toBeGreaterThan(10);
  expect(taken[50]).toBeLessThan(300);
  const wrong = busy.filter(({ median }) => Math.abs(median / 1.5 - 1) > 0.2);
  expect(wrong.length).toBeLessThan(0.05 * each.length);
});
