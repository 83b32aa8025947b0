import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNetworkFile } from '../../src-main/app/network-file/write.ts';
import { networkNamed } from '../../src-main/app/answers/network.ts';
import { predictStudy } from '../../src-main/app/predictions.ts';
import { packStudy } from '../../src-main/app/study-file/pack.ts';
import { restoreStudy } from '../../src-main/app/study-file/restore.ts';
import { writeStoredReport } from '../../src-main/app/tasks/report.ts';
import { ModelProtoSchema } from '../../src-main/engine/onnx/proto/onnx_pb.js';
import { predictionView } from '../../src-main/study/prediction/prediction-view.ts';
import { transfersOf } from '../../src-main/study/prediction/transfers.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { protocolOf } from '../../src-main/app/planning/request.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights, type Tensor, type Weights } from '../../src-main/network/weights.ts';
import { keepNetwork, type KeptNetwork } from '../../src-main/pretrained/keep-network.ts';
import type { NetworkOfFile } from '../../src-main/pretrained/network-of-file.ts';
import { readCheckpoint } from '../../src-main/store/checkpoints.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';
import {
  addImages,
  createTinyHome,
  runTinyStudy,
  writeColours,
  type TinyHome,
  type TinyRun,
} from '../study/tiny-study.ts';

const never = new AbortController().signal;
const COLOURS = ['blue', 'green', 'red', 'yellow'];
const pixels = { mean: [120, 110, 100], deviation: [60, 55, 50], size: 8, from: 'file' } as const;
const fileOf = (weights: Weights, classNames: readonly string[]): NetworkOfFile => ({
  ...{ spec: tinyResNet, classes: classNames.length, classNames, weights, pixels },
  ...{ origin: 'a tiny ResNet', licence: 'CC BY-NC 4.0', notes: [] },
});

let tiny: TinyHome;
beforeAll(async () => {
  tiny = await createTinyHome();
  addImages(tiny.store, tiny.index, tiny.imageSet);
}, 60_000);
afterAll(() => tiny.dispose());

const record = ({ study }: TinyRun, name: string) =>
  tiny.store.studyRuns(study).find((run) => run.name === name)!.record;
const namesOf = ({ plan }: TinyRun) => plan.runs.map(({ name }) => name);

function protocolFor({ network, pretrained }: KeptNetwork) {
  const request = {
    preset: 'quick',
    data: tiny.index.id,
    network,
    pretrained,
    layers: [2, 3],
    engine: 'onnx',
  } as const;
  return protocolOf(request, tiny.index, tiny.home);
}

describe("a study of a file's network", () => {
  let first: TinyRun;
  let second: TinyRun;
  let scratch: Weights;
  beforeAll(async () => {
    const random = initialWeights(resolveNetwork(tinyResNet, 7), 'somebody');
    const names = [...'abcdefg'];
    first = await runTinyStudy(tiny, protocolFor(await keepNetwork(fileOf(random, names), '/x/first.pth', tiny.home)));
    const { file, sha256 } = tiny.store.latestCheckpoint(record(first, 'baseB').key)!;
    const trained = resolveNetwork(tinyResNet, 4);
    ({ weights: scratch } = await readCheckpoint({ file: join(tiny.home, file), sha256 }, trained));
    // As somebody else trained it: the same classes in another order, among others.
    const [others, order] = [
      ['Red', 'no colour', 'BLUE', 'yellow', 'green'],
      [2, 0, 0, 3, 1],
    ];
    const turned = new Map([...scratch].map(([name, one]) => [name, name.startsWith('fc.') ? rows(one, order) : one]));
    second = await runTinyStudy(
      tiny,
      protocolFor(await keepNetwork(fileOf(turned, others), '/x/second.pth', tiny.home)),
    );
  }, 240_000);

  it('needs no split: layers of the file go to all classes, at every cut', () => {
    expect(first.outcome).toMatchObject({ failed: 0, skipped: 0 });
    expect(namesOf(first)).toEqual([
      'baseB',
      ...[2, 3].flatMap((n) => [`A${n}B`, `A${n}B+`, `A${n}B+^0.75`, `R${n}B`]),
    ]);
    for (const { identity } of first.plan.runs) {
      expect(identity.classes).toEqual(COLOURS);
      expect(identity.network.training.pixels).toEqual({ mean: pixels.mean, deviation: pixels.deviation });
    }
  });

  it('tells how the file does as it comes, where its classes are the set’s', () => {
    expect(namesOf(second)).toEqual([...namesOf(first), 'A4B']);
    const asItComes = record(second, 'A4B');
    const base = record(second, 'baseB');
    expect(asItComes).toMatchObject({ status: 'finished', steps: 0, total: base.total, correct: base.correct });
    expect(base.correct! / base.total!).toBeGreaterThan(0.5);
    expect(record(first, 'baseB').key).toBe(base.key);
  });

  it('has cards that give the licence of the file as the file gives it', async () => {
    const cardOf = async (name: string) => {
      const file = join(temporaryFolder(), 'card.md');
      const { key: run } = record(second, name);
      await writeNetworkFile({ home: tiny.home, run, study: second.study, format: 'md', file });
      return readFileSync(file, 'utf8');
    };
    for (const name of ['A2B', 'A4B'])
      expect(await cardOf(name)).toContain('Licence of that network, as its file gives it: CC BY-NC 4.0.');
    expect(await cardOf('baseB')).not.toContain('Licence');
  });

  it('has a report that says what A is, and holds no statement on halves against it', async () => {
    const folder = join(temporaryFolder(), 'report');
    await writeStoredReport({ home: tiny.home, study: second.study, folder, layers: true }, { signal: never });
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).not.toMatch(/\bNaN\b|undefined|Infinity|halves A and|half B/);
    expect(page).toContain('Layers of the pretrained network second.pth (a tiny ResNet, SHA-256 of the weights');
    expect(page).toContain('In A4B the file’s network was tested as it comes, with its own head.');
    expect(page).toContain('Of its outputs those of B’s classes were compared, found by their names.');
    expect(page).toContain('less 120, 110, 100, divided by 60, 55, 50');
    expect(page).toContain(`--from second.pth --input-size 8 --target all`);
    const { answers } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
    expect(answers.map(({ id }: { id: string }) => id)).toEqual(['first-layers-general', 'transfer-boosts']);
  });

  it('leaves with its scaling, needs no images for that, and travels as one file', async () => {
    const file = join(temporaryFolder(), 'network.onnx');
    await writeNetworkFile({ home: tiny.home, run: record(second, 'A4B').key, format: 'onnx', file });
    const { graph } = fromBinary(ModelProtoSchema, readFileSync(file));
    expect(graph!.initializer.find(({ name }) => name === 'input.mean')?.dims).toEqual([1n, 3n, 1n, 1n]);
    const packed = join(temporaryFolder(), 'study.transplant');
    await packStudy({ home: tiny.home, study: second.study, file: packed, checkpoints: 'all' });
    const other = await createTinyHome();
    try {
      const { study } = await restoreStudy(other, packed, never);
      expect(study.id).toBe(second.study);
      const [own] = other.store.studyRuns(study.id).filter(({ name }) => name === 'A4B');
      expect(own.record.correct).toBe(record(second, 'A4B').correct);
    } finally {
      other.dispose();
    }
  });

  it('has no cheap predictors of its own, and says where those of a file are', () => {
    expect(predictionView(tiny.store, second.study)).toMatchObject({
      transfers: 0,
      problems: [expect.stringMatching(/come from the file second\.pth .* quick look at the file/)],
    });
  });

  it('can be asked as it comes, and its card says that nothing was trained', async () => {
    const { key } = record(second, 'A4B');
    const asked = await networkNamed({ home: tiny.home, run: key });
    expect(asked.classes).toEqual(COLOURS);
    expect(asked.weights).toEqual(scratch);
    const file = join(temporaryFolder(), 'card.md');
    await writeNetworkFile({ home: tiny.home, run: key, format: 'md', file });
    const card = readFileSync(file, 'utf8');
    expect(card).toContain('| Training images | none of this set |');
    expect(card).toMatch(/All layers come from the pretrained network second\.pth, .* and of its 5 outputs those/);
    expect(card).not.toContain('learned on');
  });

  it('keeps what it was', async () => {
    const { file, sha256 } = tiny.store.latestCheckpoint(record(second, 'A4B').key)!;
    const { weights } = await readCheckpoint({ file: join(tiny.home, file), sha256 }, resolveNetwork(tinyResNet, 4));
    expect(weights).toEqual(scratch);
    expect(readFileSync(join(tiny.home, file)).length).toBeGreaterThan(0);
  });
});

describe('a study of two image sets', () => {
  let other: ImageSetIndex;
  let ran: TinyRun;
  beforeAll(async () => {
    const options = { name: 'paints', size: 12, classes: ['cobalt', 'emerald', 'ochre', 'scarlet'] };
    const { index, folder } = await writeColours(join(tiny.home, 'data'), options);
    addImages(tiny.store, (other = index), folder);
    tiny.imageSets.set(index.id, folder);
    const request = { preset: 'quick', data: tiny.index.id, network: tinyResNet, layers: [2], engine: 'onnx' } as const;
    ran = await runTinyStudy(tiny, protocolOf({ ...request, sourceSet: other.id }, tiny.index, tiny.home, other));
  }, 240_000);

  it('trains baseA on the one and transfers to all of the other, both read at the network’s size', () => {
    expect(ran.outcome).toMatchObject({ failed: 0, skipped: 0 });
    expect(namesOf(ran)).toEqual(['baseA', 'baseB', 'A2B', 'A2B+', 'A2B+^0.75', 'R2B']);
    const [a, b, transfer] = ran.plan.runs.map(({ identity }) => identity);
    expect([a.data, a.classes]).toEqual([other.id, other.classes]);
    expect([b.data, b.classes]).toEqual([tiny.index.id, COLOURS]);
    expect([transfer.data, transfer.source]).toEqual([tiny.index.id, ran.plan.runs[0].key]);
    expect(a.network.training.imageSize).toBe(8);
    expect(record(ran, 'baseA').total).toBe(40);
  });

  it('has a report of both, what excites the layers of both, and cheap predictors', async () => {
    await predictStudy(tiny, ran.study);
    expect(transfersOf(tiny.store, ran.study).map(({ state }) => state.state)).toEqual(['measured']);
    const folder = join(temporaryFolder(), 'report');
    await writeStoredReport({ home: tiny.home, study: ran.study, folder, layers: true }, { signal: never });
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).not.toMatch(/\bNaN\b|undefined|Infinity|halves A and/);
    expect(page).toContain('a network trained on the 4 classes of the image set paints');
    expect(page).toContain('Images of paints are stored at 12 x 12 pixels and reduced to 8 x 8 as they are read.');
    expect(page).toContain(`--from ${other.id} --target all`);
    expect(page).toContain('scarlet');
  });
});

function rows({ shape: [, ...row], data }: Tensor, order: readonly number[]): Tensor {
  const size = row.reduce((product, extent) => product * extent, 1);
  const taken = order.flatMap((from) => [...data.subarray(from * size, (from + 1) * size)]);
  return { shape: [order.length, ...row], data: Float32Array.from(taken) };
}
