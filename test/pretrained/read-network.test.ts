import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import type { NetworkOfFile } from '../../src-main/pretrained/network-of-file.ts';
import { readNetwork } from '../../src-main/pretrained/read-network.ts';
import { encodeSafetensors } from '../../src-main/store/safetensors.ts';
import { fixture, stateDict } from './narrow.ts';
import { oldFile, pickledState, zipFile, zipOf } from './torch-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'transplant-read-network-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A narrow network's values in the parts that a file has. */
const values = [...stateDict(fixture('resnet'))].map(
  ([name, { shape, read }]) => [name, { shape, data: read() }] as const,
);
const safetensors = Buffer.concat(encodeSafetensors(new Map(values), {}));

const pickled = () => pickledState(values);

function placed(name: string, bytes: Buffer): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}
const refusal = (path: string): Promise<string> =>
  readNetwork(path).then(
    () => 'taken',
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return (error as UserError).message;
    },
  );

describe('a file is told by what is in it:', () => {
  const same = ({ spec, weights }: NetworkOfFile) => ({ spec, values: [...weights.values()].map(({ data }) => data) });

  it('safetensors and both formats of PyTorch, whatever their names end with', async () => {
    const one = await readNetwork(placed('a.pth', safetensors));
    expect(same(await readNetwork(placed('b.safetensors', await zipFile(...pickled()))))).toEqual(same(one));
    expect(same(await readNetwork(placed('c.onnx', oldFile(...pickled()))))).toEqual(same(one));
    expect(one.origin).toBe('resnet12 (names of torchvision, timm)');
  });

  it('TensorFlow’s and Keras’s, which are not read, each with the line that exports it to ONNX', async () => {
    const hdf5 = Buffer.from('\x89HDF\r\n\x1a\n and more', 'latin1');
    const inKeras = (name: string) =>
      `export it to ONNX, in Python with keras.saving.load_model("${name}").export("model.onnx", format="onnx")`;
    const tf2onnx = 'on the command line with python -m tf2onnx.convert';
    expect(await refusal(placed('old.h5', hdf5))).toBe(
      `old.h5 can't be read as a network: it is HDF5, as Keras writes models, which Transplant does not read; ${inKeras('old.h5')}, or with an older Keras ${tf2onnx} --keras "old.h5" --output model.onnx.`,
    );
    const keras = await zipOf([
      ['config.json', Buffer.from('{}')],
      ['model.weights.h5', hdf5],
    ]);
    expect(await refusal(placed('new.keras', keras))).toBe(
      `new.keras can't be read as a network: it is a model of Keras 3, which Transplant does not read; ${inKeras('new.keras')}.`,
    );
    expect(await refusal(placed('phone.tflite', Buffer.from('\x1c\0\0\0TFL3 and more', 'latin1')))).toBe(
      `phone.tflite can't be read as a network: it is a model of TensorFlow Lite, which Transplant does not read; export it to ONNX, ${tf2onnx} --tflite "phone.tflite" --output model.onnx.`,
    );
    expect(await refusal(placed('frozen.pb', Buffer.from('\x0a\x03abc', 'latin1')))).toMatch(
      /it is a graph of TensorFlow, .* --graphdef "frozen\.pb" --output model\.onnx --inputs INPUT:0 --outputs OUTPUT:0\.$/,
    );
    mkdirSync(join(folder, 'saved'));
    placed('saved/saved_model.pb', Buffer.from('\x08\x01\x12\x00', 'latin1'));
    expect(await refusal(join(folder, 'saved'))).toMatch(
      /^saved can't be read as a network: it is a SavedModel .* --saved-model "saved" --output model\.onnx\.$/,
    );
    expect(await refusal(join(folder, 'saved', 'saved_model.pb'))).toMatch(/ --saved-model FOLDER --output/);
  });

  it('what is of no kind is refused, with the file’s name', async () => {
    expect(await refusal(placed('photo.pth', Buffer.from('\xff\xd8\xff\xe0 JPEG', 'latin1')))).toBe(
      "photo.pth can't be read as a network: it is not of a format that holds networks: ONNX, safetensors or PyTorch.",
    );
    expect(await refusal(placed('empty.pth', Buffer.alloc(0)))).toMatch(
      /^empty\.pth can't be read as a network: it is not of/,
    );
    expect(await refusal(join(folder, 'nothing.pth'))).toBe(
      "nothing.pth can't be read as a network: there is no such file.",
    );
    const half = (await zipFile(...pickled())).subarray(0, 20_000);
    expect(await refusal(placed('half.pth', half))).toBe(
      "half.pth can't be read as a network: it is cut off or damaged; download or copy it again.",
    );
  });

  it('files of more than 2 GiB are not opened', async () => {
    const file = placed('large.onnx', Buffer.alloc(0));
    truncateSync(file, 3e9);
    expect(await refusal(file)).toContain('more than the limit of');
  });
});

describe('a folder of Hugging Face’s hub', () => {
  const config = (value: unknown) => placed('config.json', Buffer.from(JSON.stringify(value)));
  const timms = {
    architecture: 'resnet10t',
    num_classes: 5,
    label_names: ['ant', 'bee', 'cat', 'dog', 'eel'],
    pretrained_cfg: {
      mean: [0.5, 0.25, 0.125],
      std: [0.2, 0.2, 0.2],
      input_size: [3, 96, 96],
      crop_pct: 0.95,
      interpolation: 'bicubic',
      license: 'apache-2.0',
    },
  };

  it('says what its pixels, classes and licence are, to timm', async () => {
    placed('model.safetensors', safetensors);
    config(timms);
    const network = await readNetwork(folder);
    expect(network.pixels).toEqual({
      mean: [127.5, 63.75, 31.875],
      deviation: [51, 51, 51],
      size: 96,
      crop: 0.95,
      interpolation: 'bicubic',
      from: 'file',
    });
    expect(network.spec.inputSize).toBe(96);
    expect(network.classNames).toEqual(timms.label_names);
    expect(network.licence).toBe('apache-2.0');
    expect((await readNetwork(join(folder, 'model.safetensors'))).pixels).toEqual(network.pixels);
    expect((await readNetwork(folder, { size: 64 })).pixels.size).toBe(64);
  });

  it('and to transformers', async () => {
    placed('model.safetensors', safetensors);
    config({ id2label: { 0: 'ant', 1: 'bee', 2: 'cat', 3: 'dog', 4: 'eel' }, image_size: 64 });
    const told = {
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      resample: 2,
      size: { height: 64, width: 64 },
    };
    placed('preprocessor_config.json', Buffer.from(JSON.stringify(told)));
    const network = await readNetwork(folder);
    expect(network.classNames).toEqual(['ant', 'bee', 'cat', 'dog', 'eel']);
    expect(network.pixels).toMatchObject({
      mean: [127.5, 127.5, 127.5],
      size: 64,
      interpolation: 'bilinear',
      from: 'file',
    });
    rmSync(join(folder, 'preprocessor_config.json'));
  });

  it.each([
    ['whole images of the size that it reads', { size: { height: 64, width: 64 } }, { crop: 1 }],
    ['the centre of larger ones', { size: { shortest_edge: 80 }, crop_size: { height: 64, width: 64 } }, { crop: 0.8 }],
    ['a share of the shorter side', { size: 64, crop_pct: 0.875 }, { crop: 0.875 }],
    [
      'pixels as they are, whatever else it has',
      { do_normalize: false, do_rescale: false, image_mean: null, image_std: [0.5, 0.5, 0.5] },
      { mean: [0, 0, 0], deviation: [1, 1, 1], from: 'file' },
    ],
    ['pixels from 0 to 1', { do_normalize: false, image_mean: null }, { mean: [0, 0, 0], deviation: [255, 255, 255] }],
  ])('whose preprocessor takes %s is read so', async (_what, told, pixels) => {
    placed('model.safetensors', safetensors);
    config({ image_size: 64, id2label: null });
    placed('preprocessor_config.json', Buffer.from(JSON.stringify(told)));
    expect((await readNetwork(folder)).pixels).toMatchObject(pixels);
    rmSync(join(folder, 'preprocessor_config.json'));
  });

  it('whose images are larger than any that is read here has those of its family', async () => {
    placed('model.safetensors', safetensors);
    config({ image_size: 518 });
    expect((await readNetwork(folder)).pixels.size).toBe(224);
  });

  it('of several files is refused with the line that makes one of them', async () => {
    mkdirSync(join(folder, 'shards'));
    placed('shards/model.safetensors.index.json', Buffer.from('{}'));
    expect(await refusal(join(folder, 'shards'))).toContain('max_shard_size');
  });

  it('whose classes are of another number gives no names', async () => {
    placed('model.safetensors', safetensors);
    config({ ...timms, label_names: ['ant', 'bee'] });
    expect((await readNetwork(folder)).classNames).toBeUndefined();
  });

  it.each([
    [
      'that is a network with more than its weights tell',
      { architecture: 'resnetaa50' },
      'computes more than its weights tell',
    ],
    ['with a size that is none', { image_size: -3 }, '"image_size" of its config.json is not what the hub has there'],
    [
      'with another activation',
      { model_type: 'resnet', hidden_act: 'silu' },
      'the activation "silu", where a resnet has',
    ],
    ['without settings', [], 'its config.json is not a record of settings'],
    ['with blocks that halve elsewhere', { downsample_in_bottleneck: true }, 'halve images'],
  ])('%s is refused', async (_what, value, words) => {
    placed('model.safetensors', safetensors);
    config(value);
    expect(await refusal(folder)).toContain(words);
  });
});
