import { fromBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { storedRun, type StoredRun } from '../../../src-main/app/stored/run.ts';
import type { NetworkFormat } from '../../../src-main/common/choices.ts';
import { networkFileName } from '../../../src-main/app/network-file/facts.ts';
import { writeNetworkFile } from '../../../src-main/app/network-file/write.ts';
import { evaluationBatches } from '../../../src-main/data/batches.ts';
import { meanImage } from '../../../src-main/data/mean-image.ts';
import { openImageSet } from '../../../src-main/data/packed/open.ts';
import { selectImages } from '../../../src-main/data/selection.ts';
import { ModelProtoSchema } from '../../../src-main/engine/onnx/proto/onnx_pb.js';
import { LayerReader } from '../../../src-main/engine/onnx/reader.ts';
import { CHANNELS } from '../../../src-main/network/network.ts';
import { networkSchema } from '../../../src-main/network/spec.ts';
import type { Weights } from '../../../src-main/network/weights.ts';
import { openStore } from '../../../src-main/store/open.ts';
import { decodeSafetensors } from '../../../src-main/store/safetensors.ts';
import { madeUpHome } from '../../e2e/made-up-home.ts';
import { giveWeights } from '../../e2e/made-up-weights.ts';
import { temporaryFolder } from '../../store/temporary-folder.ts';

/** Images of 36 pixels for a network that reads 32, a subset of them to train on, and a network that was not finished. */
let home: string;
let study: string;
let saved: { run: string; weights: Weights };

beforeAll(async () => {
  const end = ({ name }: { name: string }) => (name === 'A2B' ? 'planned' : 'finished') as 'planned' | 'finished';
  const made = await madeUpHome([
    { name: 'birds & bees', replicates: 2, layers: [1, 2], trainingSeed: 5, end, changes: { imagesPerClass: 3 } },
  ]);
  ({
    home,
    ids: [study],
  } = made);
  saved = await giveWeights(home, study, 'A1B+');
  return () => rmSync(home, { recursive: true });
});

const runNamed = (name: string): string =>
  withStore((store) => store.studyRuns(study).find((run) => run.name === name)!.run);

function withStore<T>(look: (store: ReturnType<typeof openStore>) => T, at = home): T {
  const store = openStore(join(at, 'transplant.sqlite'), { readOnly: true });
  try {
    return look(store);
  } finally {
    store.close();
  }
}

async function save(run: string, format: NetworkFormat, at = home): Promise<Buffer> {
  const file = join(temporaryFolder(), `network.${format}`);
  const outcome = await writeNetworkFile({ home: at, run, format, file });
  const bytes = readFileSync(file);
  expect(outcome).toMatchObject({ file, bytes: bytes.length });
  return bytes;
}

/** Held-out images as they are stored, their centre cut out; what the network makes of them by way of evaluation. */
async function heldOut({ identity, network }: StoredRun) {
  const { folder } = withStore((store) => store.findImageSet(identity.data)!);
  const set = openImageSet(join(home, 'data', folder));
  const { train, heldOut } = selectImages(set, identity.classes, { imagesPerClass: 3, seed: 5 });
  const mean = await meanImage(set, train);
  const images = heldOut.slice(0, 4);
  const [batch] = evaluationBatches({ set, mean, network, images, labels: new Int32Array(4), batchSize: 4 });
  const point = { n: network.depth, place: 'end' } as const;
  const reader = await LayerReader.open({ network, weights: saved.weights, points: [point], batchSize: 4, threads: 1 });
  const [logits] = (await reader.read(batch.images)).values();
  await reader.dispose();
  const stored = new Uint8Array(CHANNELS * 36 ** 2);
  const pixels = [...images].flatMap((image) => {
    set.read(image, stored);
    return [...stored].filter((_, i) => {
      const [row, column] = [Math.floor(i / 36) % 36, i % 36];
      return row >= 2 && row < 34 && column >= 2 && column < 34;
    });
  });
  set.close();
  return { pixels: Float32Array.from(pixels), logits };
}

describe('a trained network as a file', () => {
  it('is an ONNX model that answers to raw pixels as evaluation does, and says what it is', async () => {
    const bytes = await save(saved.run, 'onnx');
    const run = withStore((store) => storedRun({ home, store }, saved.run));
    const { pixels, logits } = await heldOut(run);
    const session = await InferenceSession.create(bytes);
    const answer = await session.run({ images: new Tensor('float32', pixels, [4, 3, 32, 32]) });
    const given = answer.logits.data as Float32Array;
    const scale = Math.max(...logits.map(Math.abs));
    expect(given.length).toBe(16);
    given.forEach((value, i) => expect(Math.abs(value - logits[i]) / scale).toBeLessThan(1e-5));
    await session.release();

    const { metadataProps, docString, graph } = fromBinary(ModelProtoSchema, bytes);
    const facts = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    expect(graph!.name).toBe('A1B+');
    expect(JSON.parse(facts.classes)).toEqual(run.identity.classes);
    expect(facts).toMatchObject({
      study,
      study_name: 'birds & bees',
      replicate: '1',
      split_seed: '1',
      training_seed: '5',
    });
    expect(facts).toMatchObject({ key: saved.run, image_set_name: 'shapes', held_out_total: '1000' });
    expect(docString).toContain('A1B+ of the study "birds & bees": alexnet-32-small, trained by Transplant');
    expect(docString).toContain('32x32 pixels');
  });

  it('is a safetensors file of the weights under their names and the mean image, the same bytes each time', async () => {
    const bytes = await save(saved.run, 'safetensors');
    expect((await save(saved.run, 'safetensors')).equals(bytes)).toBe(true);
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect([...tensors.keys()]).toEqual([...saved.weights.keys(), 'mean_image']);
    for (const [name, tensor] of saved.weights) expect(tensors.get(name)).toEqual(tensor);
    const model = fromBinary(ModelProtoSchema, await save(saved.run, 'onnx'));
    const mean = model.graph!.initializer.find(({ name }) => name === 'input.mean')!;
    expect(tensors.get('mean_image')!.shape).toEqual([3, 32, 32]);
    expect(tensors.get('mean_image')!.data).toEqual(new Float32Array(Uint8Array.from(mean.rawData).buffer));
    expect(networkSchema.parse(JSON.parse(metadata.network)).name).toBe('alexnet-32-small');
    expect(JSON.parse(metadata.classes)).toHaveLength(4);
  });

  it('has a card in Markdown that says what it is, in which names stay text', async () => {
    const card = (await save(saved.run, 'md')).toString();
    expect(card).toMatch(
      /^# birds \\& bees: A1B\+\n\nAn image classifier\. \d+\.\d% of 1,000 held-out images are named rightly \(95% interval [\d.]+–[\d.]+%/,
    );
    expect(card).toContain('| Images | shapes (');
    expect(card).toContain('| Training images | 3 of each class |');
    expect(card).toContain('Layers up to conv1 (n = 1) come from a network that was trained before (key ');
    expect(card).toContain('and learned on; the layers above started from random weights.');
    expect(card.match(/^1\. shape \d$/gm)).toHaveLength(4);
  });

  it('has a name that every file system takes', () => {
    expect(withStore((store) => networkFileName(store, saved.run, 'onnx'))).toBe('birds-bees-A1B+-1.onnx');
    expect(withStore((store) => networkFileName(store, '0'.repeat(64), 'onnx'))).toBe('network-000000000000.onnx');
  });

  it('is refused in one sentence where there is no trained network', async () => {
    await expect(save(runNamed('A2B'), 'onnx')).rejects.toThrow(
      /^A2B is not trained to the end yet: it is planned at step 0 of \d+\. Let its study go on first\.$/,
    );
    await expect(save(runNamed('A1B'), 'safetensors')).rejects.toThrow(
      /^The weights of A1B are not here: its study came/,
    );
    await expect(save('0'.repeat(64), 'onnx')).rejects.toThrow(/^There is no training 00000000/);
    const { run } = await giveWeights(home, study, 'baseB', (weights) => (weights.get('fc7.bias')!.data[3] = NaN));
    await expect(save(run, 'onnx')).rejects.toThrow(/^The checkpoint .* fc7\.bias has weights that are not numbers\./);
    const file = join(home, 'none', 'such.onnx');
    await expect(writeNetworkFile({ home, run: saved.run, format: 'onnx', file })).rejects.toThrow(
      /^The network can't be written to .*such\.onnx \(ENOENT.*choose another place\.$/,
    );
  });

  it('can do without the images only as safetensors, which then say so', async () => {
    const { home: at, ids } = await madeUpHome([{ name: 'elsewhere', replicates: 1, layers: [1], trainingSeed: 1 }]);
    const { run, weights } = await giveWeights(at, ids[0], 'baseB');
    const store = openStore(join(at, 'transplant.sqlite'));
    store.removeImageSet(store.imageSets()[0].id);
    store.close();
    await expect(save(run, 'onnx', at)).rejects.toThrow(/^There is no image set/);
    const { tensors, metadata } = decodeSafetensors(await save(run, 'safetensors', at));
    expect([...tensors.keys()]).toEqual([...weights.keys()]);
    expect(metadata.mean_image).toBe('not in this file: the images were not at hand');
    rmSync(at, { recursive: true });
  });
});
