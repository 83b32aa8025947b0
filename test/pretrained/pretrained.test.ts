import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
} from '../../src-main/engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../src-main/errors.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import type { Tensor, Weights } from '../../src-main/network/weights.ts';
import { planStudy, studyId } from '../../src-main/study/plan/plan.ts';
import { onnxLayers } from '../../src-main/pretrained/onnx.ts';
import { safetensorsLayers } from '../../src-main/pretrained/safetensors.ts';
import { fittingKept, pretrainedFile } from '../../src-main/pretrained/kept.ts';
import { keepPretrained } from '../../src-main/pretrained/store.ts';
import { floatsOf } from '../../src-main/pretrained/layer.ts';
import { caveats } from '../../src-main/study/report/caveats.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { methodsParagraph } from '../../src-main/study/report/methods.ts';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { foreignWeights, onnxModel, safetensors } from './pretrained-file.ts';
import { madeUpStudy } from '../study/report-made-up.ts';
import { createTinyHome, runTinyStudy, tinyNetwork, tinyProtocol } from '../study/tiny-study.ts';

const folder = mkdtempSync(join(tmpdir(), 'pretrained-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const spec = networkSchema.parse(tinyNetwork);
const weights = foreignWeights;
const of = (name: string): Tensor => weights.get(name)!;

const write = (name: string, bytes: Uint8Array | readonly Uint8Array[]): string => {
  const file = join(folder, name);
  writeFileSync(file, bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes));
  return file;
};
const keep = (file: string) => keepPretrained(file, spec, folder);

describe('a pretrained file', () => {
  it('gives the same weights under the same hash, whichever program wrote it and in whichever form', async () => {
    const torch = [
      ['features.10.weight', of('conv1.weight')],
      ['features.10.bias', of('conv1.bias')],
      ['classifier.1.weight', of('fc2.weight')],
      ['classifier.1.bias', of('fc2.bias')],
    ] as const;
    const files = [
      write(
        'ours.safetensors',
        safetensors([...weights, ...[...weights].map(([name, t]) => [`momentum/${name}`, t] as const)]),
      ),
      write('torch.safetensors', safetensors(torch)),
      write('gemm.onnx', onnxModel('Gemm')),
      write('turned.onnx', onnxModel('turned Gemm')),
      write('matmul.onnx', onnxModel('MatMul')),
    ];
    const kept = [];
    for (const file of files) kept.push(await keep(file));
    expect(kept.map(({ layers }) => layers)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(kept.map(({ sha256 }) => sha256)).size).toBe(1);
    const stored = decodeSafetensors(readFileSync(pretrainedFile(folder, kept[0].sha256))).tensors;
    for (const name of ['conv1.weight', 'conv1.bias', 'fc2.weight', 'fc2.bias'])
      expect(stored.get(name)).toEqual({ shape: of(name).shape, data: of(name).data });
    expect(stored.has('fc3.weight')).toBe(false);
  });

  it('takes constants of nodes, and orders layers of safetensors by number, convolutions first', () => {
    const source = fromBinary(ModelProtoSchema, onnxModel('Gemm'));
    const [tensor, ...others] = source.graph!.initializer;
    source.graph!.initializer = others;
    const attribute = [create(AttributeProtoSchema, { name: 'value', t: tensor })];
    source.graph!.node.unshift(create(NodeProtoSchema, { opType: 'Constant', output: [tensor.name], attribute }));
    expect(onnxLayers(toBinary(ModelProtoSchema, source)).map(({ name }) => name)).toEqual(['first', 'second']);
    const small: Tensor = { shape: [1, 1, 1, 1], data: new Float32Array(1) };
    const flat: Tensor = { shape: [1, 1], data: new Float32Array(1) };
    const names = ['classifier.1', 'features.10', 'features.3'].map(
      (name) => [`${name}.weight`, name.startsWith('f') ? small : flat] as const,
    );
    expect(safetensorsLayers(safetensors(names)).map(({ name }) => name)).toEqual([
      ...['features.3', 'features.10', 'classifier.1'],
    ]);
  });

  it('may hold numbers of 16 bits', () => {
    expect([...floatsOf(Uint8Array.of(0x00, 0x3c, 0x00, 0xc0), 'float16')]).toEqual([1, -2]);
    expect([...floatsOf(Uint8Array.of(0x80, 0x3f, 0x00, 0xc0), 'bfloat16')]).toEqual([1, -2]);
  });

  it('that can’t be used is refused in one sentence that says why', async () => {
    const other: Tensor = { shape: [4, 3, 5, 5], data: new Float32Array(300) };
    const notNumbers = { shape: of('conv1.weight').shape, data: of('conv1.weight').data.map(() => NaN) };
    const external = fromBinary(ModelProtoSchema, onnxModel('Gemm'));
    external.graph!.initializer[0].dataLocation = TensorProto_DataLocation.EXTERNAL;
    const short = fromBinary(ModelProtoSchema, onnxModel('Gemm'));
    short.graph!.initializer[0].rawData = new Uint8Array(8);
    const huge = write('huge.onnx', new Uint8Array(1));
    truncateSync(huge, 10 * 2 ** 30);
    const refused: [file: string, why: RegExp][] = [
      [
        write(
          'shape.safetensors',
          safetensors([
            ['a.weight', other],
            ['a.bias', of('conv1.bias')],
          ]),
        ),
        /layer 1 of tiny has weights of 4x3x3x3 with a bias, but its first layer \(a\) has 4x3x5x5\./,
      ],
      [write('no-bias.safetensors', safetensors([['a.weight', of('conv1.weight')]])), /has 4x3x3x3 without a bias/],
      [
        write(
          'nan.safetensors',
          safetensors([
            ['a.weight', notNumbers],
            ['a.bias', of('conv1.bias')],
          ]),
        ),
        /its layer a holds values that are not numbers/,
      ],
      [write('external.onnx', toBinary(ModelProtoSchema, external)), /are in another file/],
      [write('short.onnx', toBinary(ModelProtoSchema, short)), /differs from their shape/],
      [write('empty.onnx', new Uint8Array()), /neither safetensors nor an ONNX model/],
      [write('text.onnx', Buffer.from('hello')), /neither safetensors nor an ONNX model/],
      [huge, /it has 10 GiB, more than the limit of 2 GiB/],
      [join(folder, 'gone.onnx'), /there is no such file/],
      [folder, /it is not a regular file/],
    ];
    for (const [file, why] of refused) {
      const error = await keep(file).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(
        /^The pretrained file .* can't be used: .*\. Choose another file, or leave it out\.$/,
      );
      expect((error as UserError).message).toMatch(why);
    }
  });

  it('that is kept fits the network that it was read for, in part one of the same beginning, and no other', async () => {
    const kept = await keep(write('kept.onnx', onnxModel('Gemm')));
    expect(fittingKept(folder, kept, spec)).toEqual(kept);
    const layers = spec.layers.map((layer) => (layer.type === 'dense' && layer.units ? { ...layer, units: 5 } : layer));
    expect(fittingKept(folder, kept, { ...spec, layers }).layers).toBe(1);
    const other = spec.layers.map((layer) => (layer.type === 'conv' ? { ...layer, filters: 5 } : layer));
    expect(() => fittingKept(folder, kept, { ...spec, name: 'other', layers: other })).toThrow(
      'The pretrained file kept.onnx was read for another network than other: choose it again, or leave it out.',
    );
    expect(() => fittingKept(folder, { ...kept, sha256: '0'.repeat(64) }, spec)).toThrow(
      /^The weights of the pretrained file kept.onnx are no longer in .*: choose it again, or leave it out\.$/,
    );
    const damaged = { ...kept, sha256: '1'.repeat(64) };
    writeFileSync(pretrainedFile(folder, damaged.sha256), 'evil');
    expect(() => fittingKept(folder, damaged, spec)).toThrow(/can't be used any more \(.*\): choose it again/);
  });

  it('cut or changed anywhere is read or refused, never a crash', () => {
    const whole = [onnxModel('MatMul'), safetensors(weights)];
    const damage = fc.tuple(fc.constantFrom(0, 1), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean());
    fc.assert(
      fc.property(damage, ([which, at, value, cut]) => {
        const bytes = Uint8Array.from(whole[which]);
        const place = at % bytes.length;
        bytes[place] = value;
        const damaged = cut ? bytes.subarray(0, place) : bytes;
        try {
          for (const layer of (which === 0 ? onnxLayers : safetensorsLayers)(damaged))
            if (layer.biasShape) layer.read();
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const pretrained = { sha256: 'ab'.repeat(32), name: 'vgg.onnx', layers: 1 };

describe('a study with a pretrained network A', () => {
  const index = {
    ...{
      id: '0123456789abcdef',
      name: 'letters',
      size: 8,
      classes: [...'abcd'],
      groups: {},
      trainCounts: [9, 9, 9, 9],
    },
  };
  const protocol = tinyProtocol(index as never, { pretrained });

  it('trains no baseA, and pairs what comes from the file with baseB by the same batches', () => {
    const { runs } = planStudy(protocol, index);
    expect(runs.map(({ name }) => name)).toEqual(['baseB', 'B1B', 'B1B+', 'A1B', 'A1B+', 'R1B']);
    const run = (name: string) => runs.find((one) => one.name === name)!;
    expect(run('A1B').identity).toMatchObject({ source: null, pretrained: pretrained.sha256, lower: 'copied' });
    expect(run('B1B').identity).not.toHaveProperty('pretrained');
    expect(new Set(runs.map(({ batchSeed }) => batchSeed)).size).toBe(1);
    expect(studyId(protocol)).not.toBe(studyId({ ...protocol, pretrained: undefined }));
  });

  it('is refused where the file has too few layers, or the other direction is asked for', () => {
    expect(() => planStudy({ ...protocol, layers: [1, 2] }, index)).toThrow(
      'n = 2 is too many for the pretrained file vgg.onnx: its first 1 layers fit tiny, so n goes from 1 to 1.',
    );
    expect(() => planStudy({ ...protocol, bothDirections: true }, index)).toThrow('nothing to transfer to A');
  });

  it('says in its report what A is, and is held against no paper and no distance', () => {
    const report = madeUpStudy({ layers: [3] });
    const foreign = { ...report, protocol: { ...report.protocol, pretrained } };
    expect(methodsParagraph(foreign)).toContain('A pretrained network (vgg.onnx');
    expect(caveats(foreign, analyse(foreign)).join(' ')).toContain('A is not a half of these classes');
    const distance = analyse(foreign).answers.find(({ id }) => id === 'distance-of-tasks')!;
    expect(distance.verdict).toBe('not tested');
  });

  it('transplants the layers of the file, and a file that is gone costs its networks alone', async () => {
    const tiny = await createTinyHome();
    try {
      const kept = await keepPretrained(write('again.onnx', onnxModel('Gemm')), spec, tiny.home);
      const treatments = ['selffer' as const, 'transfer' as const];
      const study = tinyProtocol(tiny.index, { pretrained: kept, treatments });
      rmSync(pretrainedFile(tiny.home, kept.sha256));
      const without = await runTinyStudy(tiny, study);
      expect(without.outcome).toMatchObject({ done: 2, failed: 1 });
      const record = (name: string) => tiny.store.studyRuns(without.study).find((one) => one.name === name)!.record;
      expect(record('A1B').error).toContain('choose the file that the study began with again');
      // The same weights out of another program's file.
      expect(await keepPretrained(write('again.safetensors', safetensors(weights)), spec, tiny.home)).toEqual({
        ...{ ...kept, name: 'again.safetensors' },
      });
      expect((await runTinyStudy(tiny, study)).outcome).toMatchObject({ done: 3, failed: 0 });
      const { file } = tiny.store.latestCheckpoint(record('A1B').key)!;
      const trained: Weights = decodeSafetensors(readFileSync(join(tiny.home, file))).tensors;
      expect(trained.get('conv1.weight')).toEqual(of('conv1.weight'));
      expect(trained.get('fc2.weight')).not.toEqual(of('fc2.weight'));
    } finally {
      tiny.dispose();
    }
  });
});
