import { describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import type { Hints } from '../../src-main/pretrained/families/family.ts';
import { networkOfTensors } from '../../src-main/pretrained/families/recognise.ts';
import type { NamedTensor } from '../../src-main/pretrained/tensors.ts';
import { RandomStream } from '../../src-main/random.ts';
import { initial } from '../peers/peer.ts';
import { logitsOf, relativeError } from './logits.ts';
import { fixture, narrow, stateDict, type Narrow } from './narrow.ts';

const read = (tensors: ReadonlyMap<string, NamedTensor>, { size, hints }: Narrow) =>
  networkOfTensors({ tensors, notes: [] }, { name: 'weights', size, ...hints });
const errorOf = (tensors: ReadonlyMap<string, NamedTensor>, of: Narrow): string => {
  try {
    read(tensors, of);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  return 'taken';
};

const images = ({ size }: Narrow): Float32Array =>
  initial({ name: 'images', shape: [2, 3, size, size] }).data.map((value) => 2 * value);

describe('a state dict is recognised by names and shapes, and computes what PyTorch computes', () => {
  it.each(narrow)('%s', async (_name, of) => {
    const network = read(stateDict(of), of);
    expect(relativeError(await logitsOf(network, images(of), 2), Float32Array.from(of.logits))).toBeLessThan(2e-5);
    expect(network.spec.inputSize).toBe(network.pixels.size);
  });
});

describe('nothing is taken wrongly:', () => {
  it.each(narrow)('a %s that lacks a tensor, has one more, or one of another shape', (name, of) => {
    const whole = stateDict(of);
    const names = [...whole.keys()].filter((each) => !/num_batches_tracked|mask_token/.test(each));
    const random = new RandomStream('families', name);
    const head =
      /^(classifier(\.\d)?|fc|linear|_fc|heads?(\.fc|\.head|_dist)?)\.(weight|bias)$|classifier\.1\.(weight|bias)$/;
    for (let attempt = 0; attempt < 4; attempt++) {
      const without = names[Math.floor(random.uniform() * names.length)];
      // A bias may be missing in a layer that is none the worse for it, which is another network.
      const lessOne = new Map([...whole].filter(([each]) => each !== without));
      if (!without.endsWith('.bias') && !head.test(without)) expect(errorOf(lessOne, of), without).not.toBe('taken');
      const other = new Map(whole).set(without, { shape: [7, 11], read: () => new Float32Array(77) });
      expect(errorOf(other, of), `${without} of 7x11`).not.toBe('taken');
    }
    expect(errorOf(new Map(whole).set('extra.weight', { shape: [1], read: () => new Float32Array(1) }), of)).toMatch(
      /extra\.weight|known by its names/,
    );
  });

  it.each([
    ['0 filters', [0, 3, 3, 3]],
    ['more filters than there are', [100_000, 3, 3, 3]],
    ['no kernel', [4, 3, 0, 0]],
    ['a kernel of 1000 pixels', [4, 3, 1000, 1000]],
  ])('a first convolution of %s', (_what, shape) => {
    const of = fixture('resnet-cifar-a');
    const wrong = new Map(stateDict(of)).set('conv1.weight', { shape, read: () => new Float32Array(0) });
    expect(errorOf(wrong, of)).toMatch(/^it looks like a resnet14, but/);
  });

  it('images that are too small or too large for it', () => {
    const of = fixture('densenet');
    expect(errorOf(stateDict(of), { ...of, size: 600 })).toContain('4 to 512 are possible');
    expect(errorOf(stateDict(of), { ...of, size: 8 })).toMatch(/^it looks like a densenet\d+, but can't be computed/);
  });

  it('values that are no numbers', () => {
    const of = fixture('resnet');
    const holed = new Map(stateDict(of)).set('layer2.0.bn1.weight', {
      shape: [16],
      read: () => new Float32Array(16).fill(NaN),
    });
    expect(errorOf(holed, of)).toContain('its layer2.0.bn1.weight has values that are not finite numbers');
  });

  it('convolutions under the names of a VGG that stand otherwise', () => {
    const of = fixture('vgg');
    const shifted = new Map(
      [...stateDict(of)].map(([name, tensor]) => [
        name.replace(/^features\.(\d+)/, (_, at: string) => `features.${Number(at) > 0 ? Number(at) + 1 : 0}`),
        tensor,
      ]),
    );
    expect(errorOf(shifted, of)).toMatch(/VGG.* torch\.onnx\.export/);
  });

  it('whatever is missing or of another shape, with the line that exports the graph', () => {
    const of = fixture('resnet');
    const whole = stateDict(of);
    const without = new Map([...whole].filter(([name]) => name !== 'layer1.0.bn1.weight'));
    const other = new Map(whole).set('bn1.weight', { shape: [7], read: () => new Float32Array(7) });
    for (const tensors of [without, other]) expect(errorOf(tensors, of)).toContain('torch.onnx.export');
  });

  it('a head of one unit, which has nothing to be compared with: a new one is trained', () => {
    const of = fixture('resnet');
    const whole = stateDict(of);
    const [, features] = whole.get('fc.weight')!.shape;
    const single = new Map(whole)
      .set('fc.weight', { shape: [1, features], read: () => new Float32Array(features) })
      .set('fc.bias', { shape: [1], read: () => new Float32Array(1) });
    const found = read(single, of);
    expect(found.classes).toBe(0);
    expect([...found.weights.keys()]).not.toContain('fc.weight');
    expect(found.notes.join()).toContain('a single number');
  });

  it('a vision transformer whose heads are in its code alone', () => {
    const of = fixture('vit');
    expect(errorOf(stateDict(of), { ...of, hints: {} })).toContain('how many heads');
  });

  it('names that are no family’s, with the line that exports the graph', () => {
    const of = fixture('resnet');
    const other = new Map([...stateDict(of)].map(([name, tensor]) => [`x${name}`, tensor]));
    expect(errorOf(other, of)).toContain('torch.onnx.export(model, torch.zeros(1, 3, 224, 224), "model.onnx")');
  });
});

it('a network of grey images reads the grey of colours', () => {
  const of = fixture('resnet');
  const whole = stateDict(of);
  const [filters, , rows, columns] = whole.get('conv1.weight')!.shape;
  const first = Float32Array.from({ length: filters * rows * columns }, (_, i) => Math.cos(i));
  const grey = read(new Map(whole).set('conv1.weight', { shape: [filters, 1, rows, columns], read: () => first }), of);
  const { shape, data } = grey.weights.get('conv1.weight')!;
  expect(shape).toEqual([filters, 3, rows, columns]);
  const size = rows * columns;
  const sums = first.map((_, i) =>
    [0, 1, 2].reduce((sum, channel) => sum + data[(3 * Math.floor(i / size) + channel) * size + (i % size)], 0),
  );
  expect(relativeError(sums, first)).toBeLessThan(1e-6);
  expect(data[0] / data[size]).toBeCloseTo(0.299 / 0.587, 5);
  expect(grey.pixels.from).toBe('assumed');
  expect(grey.notes).toContain('It reads grey images; here it makes them of colours itself.');
});

describe('what stands before the names makes no difference:', () => {
  const of = fixture('resnet');
  const own = read(stateDict(of), of);
  const under = (prefix: string) => new Map([...stateDict(of)].map(([name, tensor]) => [prefix + name, tensor]));

  it.each(['module.', '_orig_mod.', 'module._orig_mod.', 'model.', 'backbone.', 'encoder.', 'net.module.'])(
    '%s',
    (prefix) => {
      const found = read(under(prefix), of);
      expect(found.spec).toEqual(own.spec);
      expect([...found.weights.keys()]).toEqual([...own.weights.keys()]);
    },
  );

  it('and beside a backbone others may stand, which are left out with a word', () => {
    const body = [...under('backbone.')].filter(([name]) => !name.includes('.fc.'));
    const found = read(new Map([...body, ['neck.weight', { shape: [3], read: () => new Float32Array(3) }]]), of);
    expect(found.classes).toBe(0);
    expect(found.notes).toEqual([
      'What stands under "backbone." is taken, and 1 tensor beside it left out.',
      'It has no classifier of its own, so a new one is trained.',
    ]);
  });
});

describe('pixels', () => {
  const of = (name: string, hints: Partial<Hints> = {}) => {
    const narrow = fixture(name);
    return networkOfTensors({ tensors: stateDict(narrow), notes: [] }, { name: 'weights', ...narrow.hints, ...hints })
      .pixels;
  };

  it('are those of the family', () => {
    expect(of('efficientnet-package')).toMatchObject({
      size: 224,
      crop: 0.875,
      interpolation: 'bicubic',
      from: 'family',
    });
    expect(of('efficientnet-lite-package').mean).toEqual([127, 127, 127]);
    expect(of('resnet')).toMatchObject({ size: 224, interpolation: 'bilinear', from: 'family' });
    expect(of('resnet').mean[0]).toBeCloseTo(123.675);
  });

  it('are assumed where networks of a family differ', () => {
    expect(of('vit')).toMatchObject({ mean: [127.5, 127.5, 127.5], from: 'assumed' });
    expect(of('vit', { name: 'deit_tiny' }).from).toBe('family');
  });

  it('have another size, to which a table of positions is resampled', () => {
    const narrow = fixture('vit');
    const larger = networkOfTensors({ tensors: stateDict(narrow), notes: [] }, { name: '', ...narrow.hints, size: 64 });
    expect(larger.spec.inputSize).toBe(64);
    expect(larger.weights.get('pos_embed')!.shape).toEqual([1, 65, 32]);
    expect(larger.notes).toContain('Its table of 4x4 positions was resampled to 8x8, for images of 64 pixels.');
  });
});
