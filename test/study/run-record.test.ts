import { expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { readIdentity, readTiming } from '../../src-main/study/plan/run-record.ts';
import { tinyNetwork } from '../network/tiny-network.ts';

const key = 'ab12cd34'.repeat(8);
const { name: _, ...network } = tinyNetwork;
const { inputScale: _scale, ...training } = network.training;

/** As the first version wrote it: an order of images of its own, no input scale, nothing of variants or few examples. */
const OLDEST = {
  ...{ version: 1, data: '0123456789abcdef', classes: ['cat', 'dog'], imagesPerClass: null },
  network: { ...network, training },
  ...{ lower: 'copied', n: 1, frozen: 1, source: 'f'.repeat(64), trainingSeed: 1, engine: 'onnx' },
};
const NEWEST = {
  ...{ ...OLDEST, version: 2, network, imagesPerClass: 5, copiedRate: 0.1, adapterRank: 4 },
  ...{ unfreezing: 'from the top', source: null, pretrained: 'e'.repeat(64), engine: 'onnx-webgpu', steps: 100 },
};

it('an identity of any version is read, with the input scale that was used before it was written down', () => {
  expect(readIdentity({ key, identity: JSON.stringify(OLDEST) })).toEqual({
    ...OLDEST,
    network: { ...network, training: { ...training, inputScale: 1 / 64 } },
  });
  expect(readIdentity({ key, identity: JSON.stringify(NEWEST) })).toEqual(NEWEST);
});

it.each(['', '{', 'null', '{}', JSON.stringify({ ...OLDEST, classes: 'cat' }), JSON.stringify({ ...OLDEST, n: -1 })])(
  'a damaged one is refused in a sentence that names its training: %s',
  (identity) => {
    expect(() => readIdentity({ key, identity })).toThrow(UserError);
    expect(() => readIdentity({ key, identity })).toThrow(/training ab12cd34 is damaged/);
  },
);

it('what a training took is read part by part, or refused', () => {
  expect(readTiming({ key, timing: null })).toBeNull();
  expect(readTiming({ key, timing: '{"load":0.5,"train":45}' })).toEqual({ load: 0.5, train: 45 });
  expect(() => readTiming({ key, timing: '{"load":"long"}' })).toThrow(/training ab12cd34 is damaged/);
});
