import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { packStudy } from '../../src-main/app/study-file/pack.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import type { Tensor } from '../../src-main/network/weights.ts';
import type { RandomStream } from '../../src-main/random.ts';
import { changed, readEntries, studyFile } from '../../test/app/study-file/zip-entries.ts';
import { imagesOf, noise, tar, tarGz, zip, type Files } from '../../test/data/import-fixtures.ts';
import { madeUpHome } from '../../test/e2e/made-up-home.ts';
import { fixture, stateDict } from '../../test/pretrained/narrow.ts';
import { foreignWeights, onnxModel, safetensors } from '../../test/pretrained/pretrained-file.ts';
import { oldFile, pickledState, zipFile } from '../../test/pretrained/torch-file.ts';
import { tinyNetwork } from '../../test/study/tiny-study.ts';
import { mutateBytes, mutateJson, type Mutated } from './mutate.ts';

/** Which of the program's readers gets the file. */
export type Reader = 'import' | 'pretrained' | 'foreign' | 'study' | 'network' | 'split';

/** A file of one of the kinds that the program reads, in which faults are made. */
export interface Original {
  /** `PNG`, `zip archive`, `study.json of a study's file` */
  readonly name: string;
  readonly reader: Reader;
  /** What lies in the folder of the attack; one of them is changed. */
  readonly files: Files;
  /** The path of the one that is changed. */
  readonly file: string;
  /** What the reader is given. Absent: the file. */
  readonly opened?: string;
  change(bytes: Buffer, random: RandomStream): Mutated | Promise<Mutated>;
}

/**
 * One or more sound files of every kind.
 *
 * @param study the entries of a study's file
 */
export async function originals(study: ReadonlyMap<string, Buffer>): Promise<Original[]> {
  return [
    ...(await images()),
    ...(await archives()),
    ...(await imageSets()),
    ...(await networks()),
    ...(await studies(study)),
  ];
}

async function images(): Promise<Original[]> {
  const good = await imagesOf(['ant', 'bee'], 2, 'set/');
  const size = 60;
  const picture = () => sharp(noise('picture', size), { raw: { width: size, height: size, channels: 3 } });
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><rect width="9" height="9"/></svg>',
  );
  const formats: Record<string, Buffer> = {
    'a.png': await picture().png().toBuffer(),
    'interlaced.png': await picture().png({ progressive: true, palette: true }).toBuffer(),
    'a.jpg': await picture().jpeg().toBuffer(),
    'progressive.jpg': await picture().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
    'a.webp': await picture().webp().toBuffer(),
    'a.gif': await picture().gif().toBuffer(),
    'a.tif': await picture().tiff({ compression: 'lzw' }).toBuffer(),
    'a.avif': await picture().avif({ effort: 0 }).toBuffer(),
    // What would be SVG if a fault made it so: the first bytes are those of a box of AVIF.
    'svg.avif': Buffer.concat([Buffer.from('<!--ftypavif-->'), svg]),
  };
  return Object.entries(formats).map(([name, bytes]) => {
    const file = `set/ant/${name}`;
    return { name, reader: 'import', files: { ...good, [file]: bytes }, file, opened: 'set', change: mutateBytes };
  });
}

async function archives(): Promise<Original[]> {
  const files = await imagesOf(['ant', 'bee'], 2);
  const made: Files = { 'a.zip': zip(files), 'a.tar': await tar(files), 'a.tar.gz': await tarGz(files) };
  const inside = await tar(files);
  return [
    ...Object.entries(made).map(([file, bytes]): Original => {
      return { name: file, reader: 'import', files: { [file]: bytes }, file, change: mutateBytes };
    }),
    {
      name: 'inside of a tar.gz',
      reader: 'import',
      files: { 'b.tar.gz': inside },
      file: 'b.tar.gz',
      change(bytes, random) {
        const { bytes: changed, how } = mutateBytes(bytes, random);
        return { bytes: gzipSync(changed), how };
      },
    },
  ];
}

async function imageSets(): Promise<Original[]> {
  const classes = await imagesOf(['ant', 'bee'], 2, 'set/');
  const groups = Buffer.from(JSON.stringify({ ant: 'small', bee: 'small' }));
  const head = (...words: number[]) =>
    Buffer.from(words.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
  const idx: Files = {
    'set/train-images-idx3-ubyte': Buffer.concat([head(0x803, 6, 8, 8), noise('idx', 12).subarray(0, 6 * 64)]),
    'set/train-labels-idx1-ubyte': Buffer.concat([head(0x801, 6), Buffer.from([0, 1, 0, 1, 0, 1])]),
  };
  const records = Array.from({ length: 6 }, (_, i) => Buffer.concat([Buffer.from([i % 3]), noise(`cifar ${i}`, 32)]));
  const cifar: Files = {
    'set/batches.meta.txt': Buffer.from('ant\nbee\ncat\n'),
    'set/data_batch_1.bin': Buffer.concat(records),
  };
  const of = (files: Files, file: string, change: Original['change']): Original => {
    return { name: file.slice('set/'.length), reader: 'import', files, file, opened: 'set', change };
  };
  return [
    of({ ...classes, 'set/groups.json': groups }, 'set/groups.json', mutateJson),
    ...Object.keys(idx).map((file) => of(idx, file, mutateBytes)),
    ...Object.keys(cifar).map((file) => of(cifar, file, mutateBytes)),
  ];
}

async function networks(): Promise<Original[]> {
  const foreign = fixture('resnet-cifar-a');
  const state = [...stateDict(foreign)].map(([name, { shape, read }]): [string, Tensor] => [
    name,
    { shape, data: read() },
  ]);
  const split = Buffer.from(JSON.stringify({ a: ['ant', 'bee'], b: ['cat', 'dog'] }));
  const head = safetensors(foreignWeights);
  const of = (name: string, reader: Reader, bytes: Uint8Array, change: Original['change']): Original => {
    return { name, reader, files: { [name]: Buffer.from(bytes) }, file: name, change };
  };
  return [
    of('gemm.onnx', 'pretrained', onnxModel('Gemm'), mutateBytes),
    of('matmul.onnx', 'pretrained', onnxModel('MatMul'), mutateBytes),
    of('a.safetensors', 'pretrained', head, mutateBytes),
    of('header.safetensors', 'pretrained', head, mutateHeader),
    of('zip.pth', 'foreign', await zipFile(...pickledState(state)), mutateBytes),
    of('old.pth', 'foreign', oldFile(...pickledState(state)), mutateBytes),
    of('foreign.safetensors', 'foreign', safetensors(state), mutateHeader),
    of('network.json', 'network', Buffer.from(JSON.stringify(tinyNetwork, null, 1)), mutateJson),
    of('split.json', 'split', split, mutateJson),
  ];
}

/** The JSON in front of a safetensors file, with its length put right. */
function mutateHeader(bytes: Buffer, random: RandomStream): Mutated {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const { bytes: header, how } = mutateJson(bytes.subarray(8, end), random);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return { bytes: Buffer.concat([length, header, bytes.subarray(end)]), how };
}

/** The entries of a study that nobody ran, as its file has them. */
export async function studyEntries(): Promise<ReadonlyMap<string, Buffer>> {
  const changes = { network: networkSchema.parse(tinyNetwork), layers: [1], treatments: ['transfer' as const] };
  const { home, ids } = await madeUpHome([{ name: 'made up', replicates: 1, layers: [1], trainingSeed: 1, changes }]);
  const file = join(home, 'study.transplant');
  await packStudy({ home, study: ids[0], file, checkpoints: 'none' });
  let entries = await readEntries(readFileSync(file));
  rmSync(home, { recursive: true });
  for (const name of entries.keys())
    if (name.startsWith('runs/'))
      entries = changed(entries, name, (run) => Object.assign(run, { curve: [], evaluations: [] }));
  return entries;
}

async function studies(entries: ReadonlyMap<string, Buffer>): Promise<Original[]> {
  const whole = await studyFile(entries);
  const of = (name: string, change: Original['change']): Original => {
    return { name, reader: 'study', files: { 'a.transplant': whole }, file: 'a.transplant', change };
  };
  const inside = [...entries.keys()].filter((name) => name !== 'manifest.json');
  return [
    of('.transplant', mutateBytes),
    // With a manifest that is right, so that the reader gets as far as the content.
    of('inside of a .transplant', async (_, random) => {
      const entry = random.integer(2) === 0 ? 'study.json' : inside[random.integer(inside.length)];
      const { bytes, how } = (entry.endsWith('.json') ? mutateJson : mutateBytes)(entries.get(entry)!, random);
      return { bytes: await studyFile(new Map(entries).set(entry, bytes)), how: `${entry.slice(0, 20)}: ${how}` };
    }),
  ];
}
