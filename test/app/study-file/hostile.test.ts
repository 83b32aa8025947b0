import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERSION } from '../../../src-main/app/study-file/format.ts';
import { packStudy } from '../../../src-main/app/study-file/pack.ts';
import { unpackStudy } from '../../../src-main/app/study-file/unpack.ts';
import { UserError } from '../../../src-main/errors.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { networkSchema } from '../../../src-main/network/spec.ts';
import { initialWeights } from '../../../src-main/network/weights.ts';
import { LAYER_MEASURES, type LayerMeasure } from '../../../src-main/predictors/predictors.ts';
import { openStore } from '../../../src-main/store/open.ts';
import { encodeSafetensors, type Tensor } from '../../../src-main/store/safetensors.ts';
import type { Prediction } from '../../../src-main/study/prediction/transfer-prediction.ts';
import { madeUpHome } from '../../e2e/made-up-home.ts';
import { temporaryFolder } from '../../store/temporary-folder.ts';
import { tinyNetwork } from '../../study/tiny-study.ts';
import { changed, readEntries, studyFile, zipOf } from './zip-entries.ts';

type Entries = Map<string, Buffer>;

const spec = networkSchema.parse(tinyNetwork);
const network = resolveNetwork(spec, 4);

function checkpoint(step: number, change: (tensors: Map<string, Tensor>) => void = () => {}): Buffer {
  const weights = initialWeights(network, 'checkpoint');
  const tensors = new Map<string, Tensor>(weights);
  for (const [name, tensor] of weights) tensors.set(`momentum/${name}`, tensor);
  change(tensors);
  return Buffer.concat(encodeSafetensors(tensors, { step: String(step) }));
}

const filters = (shape: readonly number[], ...steps: (number | string)[]): Buffer => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return Buffer.concat(encodeSafetensors(new Map(steps.map((step) => [String(step), { shape, data }])), {}));
};
const filtersWith = (shape: readonly number[], layers: string): Buffer => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return Buffer.concat(encodeSafetensors(new Map([['0', { shape, data }]]), { layers }));
};

const measured = (...layers: number[]): Prediction => {
  const values = Object.fromEntries(LAYER_MEASURES.map((measure) => [measure, 0.5]));
  return {
    ...{ state: 'measured', version: 2, images: { train: 8, heldOut: 8 }, leep: -1 },
    layers: layers.map((n) => ({ n, features: 4, values: values as Record<LayerMeasure, number> })),
  };
};

/** A study of a few trainings that nobody ran, one of which has a history and a checkpoint. */
const { good, run, steps, bases } = await (async () => {
  const changes = { network: spec, layers: [1], treatments: ['transfer' as const] };
  const { home, ids } = await madeUpHome([{ name: 'made up', replicates: 1, layers: [1], trainingSeed: 1, changes }]);
  const file = join(home, 'study.transplant');
  await packStudy({ home, study: ids[0], file, checkpoints: 'none' });
  const store = openStore(join(home, 'transplant.sqlite'), { readOnly: true });
  const [{ record }] = store.studyRuns(ids[0]);
  const base = (half: string) => store.studyRuns(ids[0]).find(({ name }) => name === `base${half}`)!.run;
  const bases = { source: base('A'), own: base('B') };
  store.close();
  let good: Entries = await readEntries(readFileSync(file));
  rmSync(home, { recursive: true });
  good.delete('manifest.json');
  // The curves are another network's, and longer.
  for (const name of runsOf(good))
    good = changed(good, name, (run) => Object.assign(run, { step: record.steps, curve: [], evaluations: [] }));
  good.set(`filters/${record.key}.safetensors`, filters(network.parameters[0].shape, 0, record.steps));
  good.set(`checkpoints/${record.key}.safetensors`, checkpoint(record.steps));
  good.set('predictions.json', Buffer.from(JSON.stringify([{ ...bases, prediction: measured(1, 2) }])));
  return { good, run: record.key, steps: record.steps, bases };
})();

function runsOf(entries: Entries): string[] {
  return [...entries.keys()].filter((name) => name.startsWith('runs/'));
}

const RUN = `runs/${run}.json`;
const FILTERS = `filters/${run}.safetensors`;
const CHECKPOINT = `checkpoints/${run}.safetensors`;

/** What became of a file: the store that it unpacks to, or the sentence that it is refused with. */
async function outcome(bytes: Buffer): Promise<{ study: string; rows: unknown } | string> {
  const at = temporaryFolder();
  const file = join(at, 'evil.transplant');
  const into = join(at, 'into');
  mkdirSync(into);
  writeFileSync(file, bytes);
  try {
    const { study } = await unpackStudy({ file, folder: into });
    const store = openStore(join(into, 'transplant.sqlite'), { readOnly: true });
    const rows = { runs: store.studyRuns(study), checkpoints: store.checkpoints(), studies: store.studies() };
    store.close();
    return { study, rows };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

const first = network.parameters[0].shape;
const with_ = (name: string, bytes: Buffer): Promise<Buffer> => studyFile(new Map(good).set(name, bytes));
const without = (name: string): Promise<Buffer> => studyFile(new Map([...good].filter(([other]) => other !== name)));
const study = (change: (value: { protocol: Record<string, unknown>; images: Record<string, unknown> }) => void) =>
  studyFile(changed(good, 'study.json', change));
const of = (change: Record<string, unknown>) => studyFile(changed(good, RUN, (it) => Object.assign(it, change)));
const predictions = (...list: object[]) => with_('predictions.json', Buffer.from(JSON.stringify(list)));
const stored = (name: string, text = 'evil') => zipOf([...good, [name, Buffer.from(text)]]);
/** The name of an entry, written over in the finished archive: yazl writes no such names itself. */
const renamed = async (to: string): Promise<Buffer> => {
  const from = 'x'.repeat(to.length);
  const bytes = (await stored(from)).toString('latin1');
  return Buffer.from(bytes.replaceAll(from, to), 'latin1');
};
/** No entries, and an end that says there are so many, in the ZIP64 form (APPNOTE 4.3.14 to 4.3.16). */
function claiming(entries: number): Buffer {
  const [end64, locator, end] = [Buffer.alloc(56), Buffer.alloc(20), Buffer.alloc(22)];
  end64.writeUInt32LE(0x06064b50);
  end64.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) end64.writeBigUInt64LE(BigInt(entries), at);
  locator.writeUInt32LE(0x07064b50);
  locator.writeUInt32LE(1, 16);
  end.writeUInt32LE(0x06054b50);
  end.fill(0xff, 8, 20);
  return Buffer.concat([end64, locator, end]);
}
const manifest = (change: (value: Record<string, unknown>) => void) => async () => {
  const whole = await readEntries(await studyFile(good));
  return zipOf([...changed(whole, 'manifest.json', change)]);
};

const HOSTILE: Record<string, [() => Buffer | Promise<Buffer>, RegExp]> = {
  'no zip archive': [() => Buffer.from('not a study at all, but text'), /damaged or not a study/],
  'an empty file': [() => Buffer.alloc(0), /damaged or not a study/],
  'a name that a terminal would obey': [
    () => stored('study.jso\x7f\x9b\u202e'),
    /^[^\x7f-\x9f\u202e]*"study\.jso\\u007f\\u009b\\u202e" does not/,
  ],
  'another zip archive': [() => zipOf([['cat/1.png', Buffer.from('x')]]), /does not belong in a study's file/],
  'a name that climbs out': [() => renamed('../../evil'), /cut off or damaged \(invalid relative path/],
  'an absolute name': [() => renamed('/etc/evil.d'), /cut off or damaged \(absolute path/],
  'a name that climbs out where names are checked': [
    () => renamed('runs/..%2f..%2fevil.json'),
    /does not belong in a study's file/,
  ],
  'a run of a strange name': [() => stored(`runs/${'0'.repeat(63)}.json`), /does not belong in a study's file/],
  'a run that is not of the study': [
    () => with_(`runs/${'0'.repeat(64)}.json`, good.get(RUN)!),
    /is of no training of this study/,
  ],
  'an entry twice': [() => zipOf([...good, ['study.json', good.get('study.json')!]]), /is in it twice/],
  'an entry that no manifest names': [
    async () => {
      const whole = await readEntries(await studyFile(good));
      return zipOf([...whole, [`runs/${'0'.repeat(64)}.json`, Buffer.from('{}')]]);
    },
    /more than its manifest says/,
  ],
  'a bomb of JSON': [() => with_('study.json', Buffer.alloc(2 ** 26 + 1, 0x20)), /study.json claims 67108865 bytes/],
  'a bomb of JSON that is small': [() => with_('study.json', Buffer.alloc(2 ** 21)), /study.json claims 2097152 bytes/],
  'many small bombs': [
    () => {
      const bombs = Array.from({ length: 40 }, (_, i) => [
        `runs/${String(i).padStart(64, '0')}.json`,
        Buffer.alloc(2 ** 20),
      ]);
      return studyFile(new Map([...good, ...(bombs as [string, Buffer][])]));
    },
    /claims to hold \d+ bytes, more than its size allows/,
  ],
  'weights that are compressed': [
    async () => zipOf([...(await readEntries(await with_(CHECKPOINT, Buffer.alloc(2 ** 20))))], /./),
    /safetensors is compressed/,
  ],
  'too many entries': [() => claiming(100_001), /has 100001 entries, more than any study/],
  'a wrong hash': [
    manifest(({ entries }) => ((entries as Record<string, { sha256: string }>)[RUN].sha256 = '0'.repeat(64))),
    /was changed: it has another SHA-256/,
  ],
  'a wrong hash of weights': [
    manifest(({ entries }) => ((entries as Record<string, { sha256: string }>)[CHECKPOINT].sha256 = '0'.repeat(64))),
    /was changed: it has another SHA-256/,
  ],
  'a wrong length': [
    manifest(({ entries }) => ((entries as Record<string, { bytes: number }>)[RUN].bytes += 1)),
    /another length than the manifest says/,
  ],
  'a manifest of its own': [
    manifest(({ entries }) => delete (entries as Record<string, unknown>)[CHECKPOINT]),
    /holds more than its manifest says/,
  ],
  'a later format': [
    manifest((it) => (it.version = VERSION + 1)),
    /written by a newer Transplant \(format \d+, this one/,
  ],
  'another format': [manifest((it) => (it.format = 'mine')), /manifest.json does not contain what it should/],
  'no manifest': [() => zipOf([...good]), /not a study of Transplant, or it was cut off/],
  'no study': [() => without('study.json'), /study.json is missing/],
  'a missing training': [() => without(RUN), /runs\/[0-9a-f]{64}.json is missing/],
  'a study of a wrong form': [
    () => with_('study.json', Buffer.from('{"protocol": 1}')),
    /study.json does not contain what it should/,
  ],
  'a study that is no JSON': [() => with_('study.json', Buffer.from('{{')), /study.json is not JSON/],
  'a study of other rules': [() => study((it) => Object.assign(it, { runVersion: 1 })), /rules of an older Transplant/],
  'a study with more than there is': [
    () => study((it) => Object.assign(it, { evil: 1 })),
    /study.json does not contain what it should/,
  ],
  'a protocol that asks for a million networks': [
    () => study(({ protocol }) => (protocol.replicates = Array(25_000).fill({ splitSeed: 1, trainingSeed: 1 }))),
    /it is too large/,
  ],
  'a protocol that chops where nothing is': [
    () => study(({ protocol }) => (protocol.layers = [50])),
    /protocol makes no sense/,
  ],
  'images of another id': [() => study(({ images }) => (images.id = '0'.repeat(16))), /does not fit together/],
  'images with missing counts': [() => study(({ images }) => (images.trainCounts = [1])), /does not fit together/],
  'a run that was never finished in a finished study': [
    () => of({ status: 'stopped' }),
    /says that it is finished, but not all/,
  ],
  'a run with impossible results': [() => of({ correct: 5, total: 4 }), /does not contain what it should/],
  'a finished run without a result': [() => of({ correct: null, total: null }), /does not fit the protocol/],
  'answers to other images than it was tested on': [() => of({ answers: ['AAEC', 'AAEC'] }), /not of its accuracy/],
  'a run that ran too long': [() => of({ curve: [[steps + 1, 1, 1, 1]] }), /does not fit the protocol/],
  'filters of another shape': [() => with_(FILTERS, filters([1, 3, 3, 3], 0)), /filters of the shape 1x3x3x3, not/],
  'filters of no step': [() => with_(FILTERS, filters(first, 'evil')), /filters of no step/],
  'filters after the end': [() => with_(FILTERS, filters(first, steps + 1)), /filters of no step/],
  'numbers about a layer that there is none of': [
    () => with_(FILTERS, filtersWith(first, '[{"step":0,"layers":[{"n":99,"sparsity":0,"orthogonality":1}]}]')),
    /numbers of no layers/,
  ],
  'numbers about layers that are none': [() => with_(FILTERS, filtersWith(first, '{evil')), /numbers of no layers/],
  'filters that are none': [() => with_(FILTERS, Buffer.from('evil')), /safetensors is damaged/],
  'weights of another shape': [
    () =>
      with_(
        CHECKPOINT,
        checkpoint(steps, (tensors) => tensors.set('conv1.weight', { shape: [1], data: new Float32Array(1) })),
      ),
    /is of another network or damaged/,
  ],
  'weights that are missing': [
    () =>
      with_(
        CHECKPOINT,
        checkpoint(steps, (tensors) => tensors.delete('momentum/fc3.weight')),
      ),
    /is of another network or damaged/,
  ],
  'a network of blocks that stand in each other': [
    () => {
      const depth = 1000;
      const nested = `${'{"type":"block","name":"b","layers":['.repeat(depth)}{"type":"relu"}${']}'.repeat(depth)}`;
      const text = good.get('study.json')!.toString();
      return with_('study.json', Buffer.from(text.replace('"layers":[', `"layers":[${nested},`)));
    },
    /the lists of study.json stand in each other too deep/,
  ],
  'predictions of no transfer': [
    () => predictions({ source: bases.own, own: bases.own, prediction: measured(1, 2) }),
    /predictions.json is not of this study's transfers/,
  ],
  'predictions twice': [
    () => predictions({ ...bases, prediction: measured(1, 2) }, { ...bases, prediction: measured(1, 2) }),
    /predictions.json is not of this study's transfers/,
  ],
  'predictions of layers that are not there': [
    () => predictions({ ...bases, prediction: measured(1, 2, 3) }),
    /predictions.json has other layers than the network/,
  ],
  'predictions of a layer twice': [
    () => predictions({ ...bases, prediction: measured(1, 1) }),
    /predictions.json has other layers than the network/,
  ],
  'predictions of other rules': [
    () => predictions({ ...bases, prediction: { ...measured(1, 2), version: 3 } }),
    /predictions.json does not contain what it should/,
  ],
  'a pretrained network in a study that has none': [
    () => with_(`pretrained/${'0'.repeat(64)}.safetensors`, checkpoint(0)),
    /is of no training of this study/,
  ],
  'weights of another step': [() => with_(CHECKPOINT, checkpoint(steps - 1)), /is of another step/],
};

test('a good file is unpacked to what was packed', async () => {
  const unpacked = await outcome(await studyFile(good));
  expect(unpacked).toMatchObject({
    rows: { checkpoints: [{ run, step: steps, final: true }], studies: [{ name: 'made up', status: 'finished' }] },
  });
});

test.each(Object.entries(HOSTILE))('%s is refused in one sentence', async (_, [make, expected]) => {
  const sentence = await outcome(await make());
  expect(sentence).toMatch(expected);
  expect(sentence).toMatch(/^The study file evil.transplant can't be restored: [^\n]{1,300}\. Nothing was changed\.$/);
});

test('a file that is not there or is a folder is refused', async () => {
  const at = temporaryFolder();
  await expect(unpackStudy({ file: join(at, 'x'), folder: at })).rejects.toThrow(/can't be read \(ENOENT\)/);
  await expect(unpackStudy({ file: at, folder: at })).rejects.toThrow(/is a folder, not a study's file/);
});

test('whatever is damaged on the way, a study is restored as it was or refused', async () => {
  const whole = await studyFile(good);
  const wanted = await outcome(whole);
  const place = fc.nat(whole.length - 1);
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), at: place }),
    fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant('drop' as const), at: place, count: fc.integer({ min: 1, max: 64 }) }),
    // Where names, sizes and hashes are.
    fc.record({
      kind: fc.constant('flip' as const),
      at: fc.nat(1500).map((n) => whole.length - 1 - n),
      bit: fc.nat(255),
    }),
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damage, async (how) => {
      const bytes = Buffer.from(whole);
      const damaged =
        how.kind === 'cut'
          ? bytes.subarray(0, how.at)
          : how.kind === 'drop'
            ? Buffer.concat([bytes.subarray(0, how.at), bytes.subarray(how.at + how.count)])
            : (bytes.writeUInt8(bytes[how.at] ^ how.bit, how.at), bytes);
      const found = await outcome(damaged);
      if (typeof found === 'string') {
        refused += 1;
        expect(found).toMatch(/^The study file evil.transplant can't be restored: .*\. Nothing was changed\.$/s);
      } else expect(found).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(30);
});

test('whatever a study says in place of what it should, it is refused or makes a study', async () => {
  const names = [...good.keys()].filter((name) => name.endsWith('.json'));
  const paths = names.flatMap((name) =>
    [...places(JSON.parse(good.get(name)!.toString()))].map((path) => [name, path] as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), async ([name, path], value) => {
      const found = await outcome(
        await studyFile(
          changed(good, name, (it) =>
            path.reduce((at, key, i) => (i < path.length - 1 ? at[key] : (at[key] = value)), it),
          ),
        ),
      );
      if (typeof found === 'string') expect(found).toMatch(/^The study file evil.transplant can't be restored: /);
    }),
    { numRuns: 80 },
  );
});

/** Ways to every value in it. */
function* places(value: unknown, path: string[] = []): Generator<string[]> {
  if (path.length > 0) yield path;
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* places(inner, [...path, key]);
}
