import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Workspace } from '../../../src-main/app/workspace/workspace.ts';
import { packStudy } from '../../../src-main/app/study-file/pack.ts';
import { unpackStudy } from '../../../src-main/app/study-file/unpack.ts';
import { UserError } from '../../../src-main/errors.ts';
import { networkSchema } from '../../../src-main/network/spec.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../../src-main/store/safetensors.ts';
import { predictionView } from '../../../src-main/study/prediction/prediction-view.ts';
import { pretrainedFile } from '../../../src-main/pretrained/kept.ts';
import { keepPretrained } from '../../../src-main/pretrained/store.ts';
import type { Pretrained } from '../../../src-main/common/protocol-parts.ts';
import { connectTo, newHome, tinyRequest } from '../../api/in-memory.ts';
import { requestOf } from '../../../src-main/api/handlers/studies.ts';
import { madeUpHome } from '../../e2e/made-up-home.ts';
import { temporaryFolder } from '../../store/temporary-folder.ts';
import { addUntrainedStudy } from '../../study/prediction/untrained-study.ts';
import { onnxModel } from '../../pretrained/pretrained-file.ts';
import { createTinyHome, tinyNetwork, tinyProtocol, writeColours } from '../../study/tiny-study.ts';
import { changed, readEntries, studyFile } from './zip-entries.ts';

const spec = networkSchema.parse(tinyNetwork);

/** A workspace on a home without images, or with them. */
async function elsewhere({ images = false } = {}) {
  const workspace = new Workspace({ home: newHome() });
  workspace.open();
  onTestFinished(async () => {
    await workspace.close();
    rmSync(workspace.home, { recursive: true, force: true });
  });
  if (!images) return { workspace, api: connectTo(workspace).api, set: '' };
  const { index, folder } = await writeColours(join(workspace.home, 'data'));
  workspace.application.store.addImageSet({
    ...{ id: index.id, name: index.name, size: 8, classes: 4, trainImages: 40, heldOutImages: 40, source: 'test' },
    folder: folder.split(/[\\/]/).at(-1)!,
    created: '2026-01-01T00:00:00.000Z',
  });
  return { workspace, api: connectTo(workspace).api, set: index.id };
}

const idle = async (workspace: Workspace): Promise<void> => {
  for await (const activity of workspace.watch()) if (activity.study === null && activity.preparing === null) return;
};
const versionOf = async (file: string): Promise<unknown> =>
  JSON.parse((await readEntries(readFileSync(file))).get('manifest.json')!.toString()).version;

// Processes that load everything: seconds on a quiet machine, a minute on one that is busy with other things.
describe('a study that was transferred from a pretrained network, in one file', { timeout: 180_000 }, () => {
  it('goes on elsewhere with the file’s weights, and without them says where they are to come from', async () => {
    const { workspace, api, set } = await elsewhere({ images: true });
    const model = join(temporaryFolder(), 'vgg.onnx');
    writeFileSync(model, onnxModel('Gemm'));
    const { network, ...request } = { ...tinyRequest(set), treatments: ['transfer' as const] };
    const pretrained = await api.networks.keepPretrained({ network, file: model });
    const study = await workspace.runStudy(requestOf({ ...request, network, pretrained }), 2);
    await idle(workspace);
    const whole = await api.studies.results({ study });
    const [with_, without] = (['bases', 'none'] as const).map((checkpoints) => {
      const file = join(temporaryFolder(), `${checkpoints}.transplant`);
      return { checkpoints, file };
    });
    for (const { checkpoints, file } of [with_, without])
      await packStudy({ home: workspace.home, study, file, checkpoints });
    expect([await versionOf(with_.file), await versionOf(without.file)]).toEqual([4, 4]);

    // As it was before its last training.
    const there = await elsewhere({ images: true });
    const [, { run }] = workspace.application.store.studyRuns(study).map(({ run, name }) => ({ run, name }));
    const half = async (file: string) => {
      const entries = await readEntries(readFileSync(file));
      entries.delete(`checkpoints/${run}.safetensors`);
      entries.delete(`filters/${run}.safetensors`);
      const begun = changed(entries, `runs/${run}.json`, (it) =>
        Object.assign(it, {
          status: 'planned',
          step: 0,
          correct: null,
          total: null,
          loss: null,
          finished: null,
          curve: [],
          evaluations: [],
          answers: undefined,
        }),
      );
      const target = join(temporaryFolder(), 'half.transplant');
      writeFileSync(
        target,
        await studyFile(changed(begun, 'study.json', (it) => Object.assign(it, { status: 'stopped', finished: null }))),
      );
      return target;
    };
    await there.api.studies.unpack({ file: await half(without.file) });
    expect(existsSync(pretrainedFile(there.workspace.home, pretrained.sha256))).toBe(false);
    await there.api.studies.resume({ study });
    await idle(there.workspace);
    const { runs } = await there.api.studies.details({ study });
    expect(runs.map(({ name, state }) => [name, state])).toEqual([
      ['baseB', 'finished'],
      ['A1B', 'failed'],
    ]);
    expect(there.workspace.application.store.findRun(run)!.error).toMatch(
      /^the pretrained weights .* are not in .*: choose the file that the study began with again/,
    );
    expect(await there.api.studies.unpack({ file: await half(with_.file) })).toMatchObject({ known: false });
    await there.api.studies.resume({ study });
    await idle(there.workspace);
    expect((await there.api.studies.results({ study })).curves).toEqual(whole.curves);
    expect((await there.api.studies.unpack({ file: await half(with_.file) })).known).toBe(true);
    await there.api.studies.remove({ study });
    await there.api.bin.remove({ kind: 'study', id: study });
    expect(existsSync(pretrainedFile(there.workspace.home, pretrained.sha256))).toBe(false);
  });
});

describe('a pretrained network in a hostile file', { timeout: 180_000 }, () => {
  let good: Map<string, Buffer>;
  let pretrained: Pretrained;
  let weights: Buffer;
  const entry = () => `pretrained/${pretrained.sha256}.safetensors`;

  beforeAll(async () => {
    const folder = newHome();
    writeFileSync(join(folder, 'vgg.onnx'), onnxModel('Gemm'));
    pretrained = await keepPretrained(join(folder, 'vgg.onnx'), spec, folder);
    weights = readFileSync(pretrainedFile(folder, pretrained.sha256));
    good = await packed(pretrained);
    expect(good.get(entry())).toEqual(weights);
  });

  /** A study of two trainings that nobody ran, transferred from these weights. */
  async function packed(from: Pretrained): Promise<Map<string, Buffer>> {
    const changes = { network: spec, layers: [1], treatments: ['transfer' as const], pretrained: from };
    const made = { name: 'made up', replicates: 1, layers: [1], trainingSeed: 1, end: () => 'planned' as const };
    const { home, ids } = await madeUpHome([{ ...made, status: 'stopped', changes }]);
    mkdirSync(join(home, 'pretrained'));
    writeFileSync(pretrainedFile(home, from.sha256), weights);
    const file = join(home, 'study.transplant');
    const right = createHash('sha256').update(weights).digest('hex') === from.sha256;
    await packStudy({ home, study: ids[0], file, checkpoints: right ? 'bases' : 'none' });
    const entries = await readEntries(readFileSync(file));
    rmSync(home, { recursive: true });
    entries.delete('manifest.json');
    return entries;
  }

  async function outcome(bytes: Buffer): Promise<string> {
    const at = temporaryFolder();
    writeFileSync(join(at, 'evil.transplant'), bytes);
    mkdirSync(join(at, 'into'));
    try {
      await unpackStudy({ file: join(at, 'evil.transplant'), folder: join(at, 'into') });
      return readFileSync(join(at, 'into', 'pretrained.safetensors')).equals(weights) ? 'whole' : 'changed';
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  }

  /** Weights of its own, under a hash that fits them, in a study that names that hash. */
  async function forged(change: (tensors: Map<string, Tensor>) => void, { step = '0', layers = 2 } = {}) {
    const tensors = new Map(decodeSafetensors(weights).tensors);
    change(tensors);
    const bytes = Buffer.concat(encodeSafetensors(tensors, { step }));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const entries = await packed({ sha256, name: 'evil.onnx', layers });
    return studyFile(new Map(entries).set(`pretrained/${sha256}.safetensors`, bytes));
  }

  it('is taken in where it is what it says', async () => {
    expect(await outcome(await studyFile(good))).toBe('whole');
  });

  it('is refused in one sentence otherwise', async () => {
    const shape = { shape: [1], data: new Float32Array(1) };
    const spoilt = { shape: [4, 3, 3, 3], data: new Float32Array(108).fill(NaN) };
    const none = () => {};
    const refused: [bytes: Buffer, why: RegExp][] = [
      [await studyFile(new Map(good).set(entry(), Buffer.from('evil'))), /does not have the hash in its name/],
      [await forged((tensors) => tensors.set('conv1.weight', shape)), /is of another network or damaged/],
      [await forged((tensors) => tensors.set('conv1.weight', spoilt)), /is of another network or damaged/],
      [await forged((tensors) => tensors.delete('momentum/fc2.bias')), /is of another network or damaged/],
      [await forged(none, { step: '7' }), /is not a pretrained network/],
      [await forged(none, { layers: 3 }), /has more layers than its networks take/],
    ];
    for (const [bytes, why] of refused) {
      const sentence = await outcome(bytes);
      expect(sentence).toMatch(why);
      expect(sentence).toMatch(
        /^The study file evil.transplant can't be restored: [^\n]{1,300}\. Nothing was changed\.$/,
      );
    }
  });

  it('changed anywhere is refused, or as it was', async () => {
    const place = fc.nat(weights.length - 1);
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, bit, cut) => {
        const bytes = Buffer.from(weights);
        bytes.writeUInt8(bytes[at] ^ bit, at);
        const found = await outcome(await studyFile(new Map(good).set(entry(), cut ? bytes.subarray(0, at) : bytes)));
        expect(found).toMatch(/does not have the hash in its name/);
      }),
      { numRuns: 20 },
    );
  });
});

describe('cheap predictors of a study in one file', { timeout: 180_000 }, () => {
  it('are shown elsewhere as they were here, without weights and images', async () => {
    const tiny = await createTinyHome();
    onTestFinished(() => tiny.dispose());
    const protocol = tinyProtocol(tiny.index, { treatments: ['transfer'], layers: [1, 2], bothDirections: true });
    const { study, plan } = await addUntrainedStudy(tiny, protocol, () => 0.5);
    const key = (wanted: string) => plan.runs.find(({ name }) => name === wanted)!.key;
    const layer = (n: number) => {
      const values = {
        logMe: 0.1 / 3,
        nLeep: -n,
        hScore: n,
        linearProbe: 0.5,
        nearestClassMean: 0.4,
        cka: null,
        svcca: 1,
      };
      return { n, features: 4, values };
    };
    const measured = {
      state: 'measured',
      version: 2,
      images: { train: 8, heldOut: 8 },
      leep: -1.5,
      layers: [layer(1), layer(2)],
    };
    tiny.store.setPrediction(key('baseA'), key('baseB'), JSON.stringify(measured));
    tiny.store.setPrediction(
      key('baseB'),
      key('baseA'),
      JSON.stringify({ state: 'diverged', version: 2, base: 'own' }),
    );
    const file = join(temporaryFolder(), 'predicted.transplant');
    await packStudy({ home: tiny.home, study, file, checkpoints: 'none' });
    expect(await versionOf(file)).toBe(2);

    const { workspace, api } = await elsewhere();
    await api.studies.unpack({ file });
    const { store } = workspace.application;
    const view = predictionView(store, study);
    expect(view).toMatchObject({ transfers: 2, measured: 1, waiting: 0 });
    expect(view).toEqual(predictionView(tiny.store, study));
    expect((await api.studies.predictors({ study })).problems.join()).toContain('the training diverged');
    expect((await workspace.restoreStudy(file)).known).toBe(true);

    // Handed on, and added to a study that is there without them.
    const again = join(temporaryFolder(), 'again.transplant');
    await packStudy({ home: workspace.home, study, file: again, checkpoints: 'none' });
    const bare = await readEntries(readFileSync(again));
    expect(bare.get('predictions.json')).toEqual((await readEntries(readFileSync(file))).get('predictions.json'));
    bare.delete('predictions.json');
    const without = join(temporaryFolder(), 'without.transplant');
    writeFileSync(without, await studyFile(bare));
    const other = await elsewhere();
    await other.api.studies.unpack({ file: without });
    expect(predictionView(other.workspace.application.store, study).measured).toBe(0);
    expect((await other.workspace.restoreStudy(again)).known).toBe(false);
    expect(predictionView(other.workspace.application.store, study)).toEqual(view);
  });
});
