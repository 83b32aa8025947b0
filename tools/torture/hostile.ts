import { deflateRawSync, deflateSync, crc32, gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import sharp from 'sharp';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from '../../src-main/engine/onnx/proto/onnx_pb.js';
import { changed, studyFile } from '../../test/app/study-file/zip-entries.ts';
import { imagesOf, tar, zip, type Files } from '../../test/data/import-fixtures.ts';
import { tinyNetwork } from '../../test/study/tiny-study.ts';
import { oldFile, storageId, tensor } from '../../test/pretrained/torch-file.ts';
import type { Reader } from './originals.ts';

/**
 * A file that is small for what it holds: `n` of something of which a sound file has few. What reads it may take time and
 * memory in proportion to the file, not to the square of `n`, nor to what unpacks from it.
 */
export interface Hostile {
  readonly name: string;
  readonly reader: Reader;
  /** The largest `n`: that of the test, and of a file of some megabytes at most. */
  readonly most: number;
  /** Beside the file. */
  readonly files?: Files;
  readonly file: string;
  readonly opened?: string;
  make(n: number): Buffer | Promise<Buffer>;
}

const of = (n: number, each: (i: number) => unknown): unknown[] => Array.from({ length: n }, (_, i) => each(i));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** @param study the entries of a sound study's file */
export async function hostileFiles(study: ReadonlyMap<string, Buffer>): Promise<Hostile[]> {
  return [...models(), ...pickles(), ...lists(), ...(await archives()), ...(await images()), ...studies(study)];
}

function models(): Hostile[] {
  const weight = create(TensorProtoSchema, { name: 'w', dataType: 1, dims: [1n, 1n], floatData: [1] });
  const model = (graph: Parameters<typeof create<typeof GraphProtoSchema>>[1]) =>
    Buffer.from(toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: create(GraphProtoSchema, graph) })));
  const node = (opType: string, input: string[], output: string[]) =>
    create(NodeProtoSchema, { opType, input, output });
  const onnx = (name: string, most: number, make: Hostile['make']): Hostile => {
    return { name: `ONNX of n ${name}`, reader: 'pretrained', most, file: 'n.onnx', make };
  };
  return [
    onnx('products before as many sums', 30_000, (n) =>
      model({
        initializer: [weight],
        node: [
          ...Array.from({ length: n }, (_, i) => node('MatMul', ['x', 'w'], [`p${i}`])),
          ...Array.from({ length: n }, (_, i) => node('Add', [`p${n - i}`, 'w'], [`s${i}`])),
        ],
      }),
    ),
    onnx('products of one sum with n terms', 20_000, (n) =>
      model({
        initializer: [weight],
        node: [
          ...Array.from({ length: n }, () => node('MatMul', ['x', 'w'], ['p'])),
          node(
            'Add',
            Array.from({ length: n }, () => 'p'),
            ['s'],
          ),
        ],
      }),
    ),
    onnx('products with weights of n dimensions', 30_000, (n) =>
      model({
        initializer: [create(TensorProtoSchema, { name: 'w', dataType: 1, dims: Array.from({ length: n }, () => 1n) })],
        node: Array.from({ length: n }, () => node('MatMul', ['x', 'w'], ['p'])),
      }),
    ),
    onnx('empty nodes', 2_000_000, (n) => message(7, Buffer.alloc(2 * n, Buffer.from([0x0a, 0])))),
    onnx('empty attributes of one node', 2_000_000, (n) =>
      message(7, message(1, Buffer.alloc(2 * n, Buffer.from([0x2a, 0])))),
    ),
    {
      name: 'safetensors of n tensors',
      reader: 'pretrained',
      most: 16_000,
      file: 'n.safetensors',
      make: (n) => {
        const entries = of(n, (i) => [`${i}.weight`, { dtype: 'F32', shape: [0, 0], data_offsets: [0, 0] }]);
        const header = json(Object.fromEntries(entries as [string, unknown][]));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(header.length));
        return Buffer.concat([length, header]);
      },
    },
  ];
}

function pickles(): Hostile[] {
  const old = (name: string, most: number, make: (n: number) => Buffer): Hostile => {
    return { name: `pickle of n ${name}`, reader: 'foreign', most, file: 'n.pth', make };
  };
  const written = { key: '0', bytes: Buffer.alloc(4), length: 1 };
  const one = tensor(storageId('FloatStorage', written), 0, [1], [1]);
  const state = (n: number, name: (i: number) => string) =>
    oldFile(new Map(Array.from({ length: n }, (_, i) => [name(i), one])), [written]);
  return [
    old('lists', 2_000_000, (n) => Buffer.concat([Buffer.from('\x80\x02', 'latin1'), Buffer.alloc(n, ']')])),
    old('values that are forgotten', 2_000_000, (n) => Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(n, 'N0')])),
    old('stages', 16_000, (n) => state(n, (i) => `layer${i + 1}.0.conv1.weight`)),
    old('wrapped tensors', 4_000, (n) => state(n, (i) => `${'module.backbone.encoder.'.repeat(i % 3)}${i}.weight`)),
  ];
}

/** A field of a protocol buffer that is a message. */
function message(field: number, content: Buffer): Buffer {
  const length: number[] = [];
  for (let left = content.length; length.length === 0 || left > 0; left = Math.floor(left / 128))
    length.push((left % 128) | (left >= 128 ? 128 : 0));
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), content]);
}

function lists(): Hostile[] {
  const layers = (n: number) => {
    const [first, ...others] = tinyNetwork.layers;
    return json({ ...tinyNetwork, layers: [first, ...of(n, () => ({ type: 'relu' })), ...others] });
  };
  return [
    { name: 'network of n layers', reader: 'network', most: 60_000, file: 'n.json', make: layers },
    {
      name: 'network of n nested lists',
      reader: 'network',
      most: 500_000,
      file: 'n.json',
      make: (n) => Buffer.from('['.repeat(n)),
    },
    {
      name: 'split of n classes',
      reader: 'split',
      most: 300_000,
      file: 'n.json',
      make: (n) => json({ a: of(n, String), b: of(n, (i) => `b${i}`) }),
    },
  ];
}

async function archives(): Promise<Hostile[]> {
  const good = await imagesOf(['ant', 'bee'], 2);
  const set = await imagesOf(['ant', 'bee'], 2, 'set/');
  const groups = (n: number) => Buffer.from(`{${of(n, (i) => `"n${i}":"g"`).join()}}`);
  const archive = (name: string, file: string, most: number, make: Hostile['make']): Hostile => {
    return { name, reader: 'import', most, file, make };
  };
  return [
    { ...archive('groups.json of n names', 'set/groups.json', 500_000, groups), files: set, opened: 'set' },
    {
      ...archive('CIFAR-10 of n class names', 'set/batches.meta.txt', 1_000_000, (n) => Buffer.alloc(2 * n, 'a\n')),
      files: { 'set/data_batch_1.bin': Buffer.alloc(3073) },
      opened: 'set',
    },
    archive('zip of n entries that are one', 'n.zip', 3000, (n) => overlapping(good, n)),
    archive('zip of n MiB of zeros', 'n.zip', 300, (n) => {
      const bomb = Buffer.alloc(2 ** 20);
      const entries = of(n, (i) => ({ name: `ant/${i}.gif`, content: bomb })) as { name: string; content: Buffer }[];
      return zip([...Object.entries(good).map(([name, content]) => ({ name, content })), ...entries]);
    }),
    archive('zip of n empty files', 'n.zip', 20_000, (n) => {
      return zip(of(n, (i) => ({ name: `a/b${i}`, content: Buffer.alloc(0) })) as { name: string; content: Buffer }[]);
    }),
    archive('tar.gz of n empty files', 'n.tar.gz', 500_000, (n) => repeatedTar(n)),
    archive('tar.gz with a file of n MiB', 'n.tar.gz', 2000, async (n) => {
      const [header] = [(await tar({ 'ant/0.gif': Buffer.alloc(0) })).subarray(0, 512)];
      return Buffer.concat([gzipSync(sized(header, n * 2 ** 20)), ...(of(n, () => ZEROS) as Buffer[])]);
    }),
  ];
}

/** A MiB of zeros; several gzip members are one stream. */
const ZEROS = gzipSync(Buffer.alloc(2 ** 20));

/** A header of a tar archive for so many bytes. */
function sized(header: Buffer, bytes: number): Buffer {
  const changed = Buffer.from(header);
  changed.write(`${bytes.toString(8).padStart(11, '0')} `, 124, 'latin1');
  changed.fill(' ', 148, 156);
  const sum = changed.reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

function repeatedTar(n: number): Buffer {
  const header = Buffer.alloc(512);
  header.write('ant/0', 0, 'latin1');
  header.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const block = gzipSync(Buffer.concat(of(1000, () => sized(header, 0)) as Buffer[]));
  return Buffer.concat(of(Math.ceil(n / 1000), () => block) as Buffer[]);
}

/** Entries of the directory that all point to the same compressed MiB (Fifield, "A better zip bomb", 2019). */
function overlapping(good: Files, n: number): Buffer {
  const content = Buffer.alloc(60 * 2 ** 20);
  const packed = deflateRawSync(content);
  const whole = zip({ ...good, 'ant/00000.gif': content });
  const entry = whole.lastIndexOf('PK\x01\x02', undefined, 'latin1');
  const end = whole.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const copies = of(n, (i) => {
    const copy = Buffer.from(whole.subarray(entry, end));
    copy.write(String(i).padStart(5, '0'), copy.indexOf('00000'), 'latin1');
    return copy;
  }) as Buffer[];
  const tail = Buffer.from(whole.subarray(end));
  const entries = Object.keys(good).length + n;
  for (const at of [8, 10]) tail.writeUInt16LE(entries, at);
  tail.writeUInt32LE(tail.readUInt32LE(12) + (n - 1) * (end - entry), 12);
  if (packed.length === 0) throw new Error('nothing was compressed');
  return Buffer.concat([whole.subarray(0, entry), ...copies, tail]);
}

async function images(): Promise<Hostile[]> {
  const files = await imagesOf(['ant', 'bee'], 2, 'set/');
  const image = (name: string, ending: string, most: number, make: Hostile['make']): Hostile => {
    return { name, reader: 'import', most, files, file: `set/ant/n.${ending}`, opened: 'set', make };
  };
  const grey = { width: 8, height: 8, channels: 3, background: 'grey' } as const;
  const gif = await sharp({ create: grey }).gif().toBuffer();
  const frame = gif.subarray(gif.indexOf(0x2c), -1);
  return [
    image('PNG of n x n pixels', 'png', 11_000, (n) => png(n, [])),
    image('PNG with n chunks of text', 'png', 100_000, (n) =>
      png(8, of(n, () => chunk('tEXt', Buffer.from('a\0b'))) as Buffer[]),
    ),
    image('PNG with n MiB of compressed text', 'png', 200, (n) => {
      const text = Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(n * 2 ** 20))]);
      return png(8, [chunk('zTXt', text)]);
    }),
    image('GIF of n frames', 'gif', 50_000, (n) =>
      Buffer.concat([gif.subarray(0, gif.indexOf(0x2c)), ...(of(n, () => frame) as Buffer[]), Buffer.from([0x3b])]),
    ),
    image('JPEG of n markers', 'jpg', 200_000, async (n) => {
      const jpeg = await sharp({ create: grey }).jpeg().toBuffer();
      return Buffer.concat([
        jpeg.subarray(0, 2),
        Buffer.alloc(5 * n, Buffer.from([0xff, 0xfe, 0, 3, 0])),
        jpeg.subarray(2),
      ]);
    }),
    image('SVG of n nested groups that passes for AVIF', 'avif', 22, (n) => {
      const groups = of(n, (i) => `<g id="a${i + 1}"><use href="#a${i}"/><use href="#a${i}"/></g>`).join('');
      return Buffer.from(
        `<!--ftypavif--><svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><defs><rect id="a0" width="9" height="9"/>${groups}</defs><use href="#a${n}"/></svg>`,
      );
    }),
  ];
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Black, one bit a pixel. */
function png(side: number, chunks: readonly Buffer[]): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  const mark = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([mark, chunk('IHDR', header), ...chunks, chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function studies(entries: ReadonlyMap<string, Buffer>): Hostile[] {
  const run = [...entries.keys()].find((name) => name.startsWith('runs/'))!;
  const study = (name: string, most: number, make: Hostile['make']): Hostile => {
    return { name: `study of n ${name}`, reader: 'study', most, file: 'n.transplant', make };
  };
  interface Study {
    protocol: { split: unknown; replicates: unknown[]; layers: number[] };
    images: { classes: unknown[]; groups: unknown; count: number; trainCounts: number[]; heldOutCounts: number[] };
  }
  const withStudy = (change: (value: Study) => void) => studyFile(changed(entries, 'study.json', change));
  const classes = (n: number, value: Study) =>
    Object.assign(value.images, {
      classes: of(n, String),
      count: 2 * n,
      trainCounts: of(n, () => 1),
      heldOutCounts: of(n, () => 1),
    });
  return [
    study('classes', 100_000, (n) => withStudy((value) => void classes(n, value))),
    study('classes, each in a group of its own', 50_000, (n) =>
      withStudy((value) => {
        classes(n, value);
        value.images.groups = Object.fromEntries(of(n, (i) => [i, `g${String(i)}`]) as [string, unknown][]);
        const half = Math.floor(n / 2);
        value.protocol.split = {
          kind: 'groups',
          a: of(half, (i) => `g${String(i)}`),
          b: of(half, (i) => `g${String(half + Number(i))}`),
        };
      }),
    ),
    study('classes by n/50 replicates', 20_000, (n) =>
      withStudy((value) => {
        classes(n, value);
        value.protocol.replicates = of(Math.ceil(n / 50), (i) => ({ splitSeed: i, trainingSeed: i }));
      }),
    ),
    study('blocks in each other', 5000, (n) => {
      const nested = `${'{"type":"block","name":"b","layers":['.repeat(n)}{"type":"relu"}${']}'.repeat(n)}`;
      const text = entries.get('study.json')!.toString().replace('"layers":[', `"layers":[${nested},`);
      return studyFile(new Map(entries).set('study.json', Buffer.from(text)));
    }),
    study('points of a curve', 600_000, (n) =>
      studyFile(changed(entries, run, (value) => Object.assign(value, { curve: of(n, () => [0, 0, 0, 0]) }))),
    ),
    study('runs that it has none of', 2000, (n) => {
      const names = of(n, (i) => `runs/${String(i).padStart(64, '0')}.json`) as string[];
      return studyFile(new Map([...entries, ...names.map((name) => [name, Buffer.from('{}')] as const)]));
    }),
  ];
}
