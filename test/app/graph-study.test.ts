import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstLayerFilters, storedRun } from '../../src-main/app/stored/run.ts';
import { describeLayers } from '../../src-main/app/layers/describe.ts';
import { lookAtLayers } from '../../src-main/app/layers/look.ts';
import { writeNetworkFile } from '../../src-main/app/network-file/write.ts';
import { predictStudy } from '../../src-main/app/predictions.ts';
import { packStudy } from '../../src-main/app/study-file/pack.ts';
import { restoreStudy } from '../../src-main/app/study-file/restore.ts';
import { writeStoredReport } from '../../src-main/app/tasks/report.ts';
import { curveName, type TreatmentKind } from '../../src-main/common/treatments/treatments.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { storedTensors } from '../../src-main/store/safetensors.ts';
import { transfersOf } from '../../src-main/study/prediction/transfers.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { tinyResNet, tinyViT } from '../network/tiny-graphs.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import {
  addImages,
  createTinyHome,
  runTinyStudy,
  tinyProtocol,
  type TinyHome,
  type TinyRun,
} from '../study/tiny-study.ts';

/**
 * Whole studies of networks of today: planned, trained in processes of their own, reported, looked into, predicted and taken
 * along as files. `AnB~stats` needs batch norms, which a ViT has none of.
 */
const VIT: TreatmentKind[] = ['transfer', 'transfer~2', 'transfer~norms', 'transfer+^0.5'];
const RESNET: TreatmentKind[] = [
  ...VIT,
  ...(['selffer', 'selffer+', 'transfer~stats', 'transfer+', 'transfer+0.1', 'transfer^', 'random'] as const),
];
const never = new AbortController().signal;
const watch = { signal: never, onProgress: () => {} };

describe.each<[NetworkSpec, Partial<Protocol>]>([
  [tinyResNet, { layers: [2], treatments: RESNET }],
  [tinyViT, { layers: [2], treatments: VIT, examples: [3] }],
])('a study of $name', (network, changes) => {
  let tiny: TinyHome;
  let ran: TinyRun;
  beforeAll(async () => {
    tiny = await createTinyHome();
    addImages(tiny.store, tiny.index, tiny.imageSet);
    ran = await runTinyStudy(tiny, tinyProtocol(tiny.index, { network, ...changes }));
  }, 240_000);
  afterAll(() => tiny.dispose());

  const runOf = (name: string) => ran.plan.runs.find((run) => run.name === name)!.key;

  it('is trained to the end, every treatment', () => {
    const states = tiny.store
      .studyRuns(ran.study)
      .map(({ name, record }) => `${name} ${record.status} ${record.error}`);
    expect(states.filter((state) => !state.endsWith(' finished null'))).toEqual([]);
    expect(states.length).toBe(ran.plan.runs.length);
  });

  it('has a report with all of them, and with what excites its layers', async () => {
    const folder = join(temporaryFolder(), 'report');
    await writeStoredReport({ home: tiny.home, study: ran.study, folder, layers: true }, { signal: never });
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    for (const kind of changes.treatments!) expect(page).toContain(curveName({ kind, target: 'B' }));
    expect(page.includes('Batch norms of frozen layers were frozen as a whole')).toBe(network === tinyResNet);
    expect(page).not.toMatch(/\bNaN\b|undefined/);
  });

  it('has layers that are looked into, and says what became of them', async () => {
    for (const name of ['baseA', 'A2B', 'A2B~norms']) {
      const { layers } = await lookAtLayers({ home: tiny.home, run: runOf(name), study: ran.study }, watch);
      expect(layers.map(({ tops }) => tops.n)).toEqual([1, 2, 3, 4]);
    }
    const origins = (name: string) => describeLayers(tiny, storedRun(tiny, runOf(name))).map(({ origin }) => origin);
    const [of, above] = [network === tinyResNet ? 'norms' : 'frozen', ['learned', 'learned']];
    expect(origins('A2B')).toEqual(['frozen', 'frozen', ...above]);
    expect(origins('A2B~2')).toEqual(['adapted', 'adapted', ...above]);
    // A transformer's first norm is in its first block.
    expect(origins('A2B~norms')).toEqual([of, 'norms', ...above]);
    expect(origins('A2B+^0.5')).toEqual(['fine-tuned', 'fine-tuned', ...above]);
  });

  it('has first-layer filters, a stem’s or patches’', async () => {
    const { weight } = await firstLayerFilters(tiny, storedRun(tiny, runOf('baseB')), 'latest', undefined);
    expect(weight.shape).toEqual(network === tinyResNet ? [4, 3, 3, 3] : [8, 3, 4, 4]);
    // Frozen filters have no history, those of norms alone neither.
    const history = (name: string) => tiny.store.snapshots(runOf(name)).length;
    expect([history('A2B'), history('A2B~norms')]).toEqual([0, 0]);
    expect(Math.min(history('baseB'), history('A2B+^0.5'), history('A2B~2'))).toBeGreaterThan(1);
  });

  it('has cheap predictors of every n', async () => {
    await predictStudy(tiny, ran.study);
    const [{ state }] = transfersOf(tiny.store, ran.study);
    if (state.state !== 'measured') return expect.unreachable();
    for (const { values } of state.prediction.layers)
      for (const measure of ['linearProbe', 'logMe', 'cka', 'nearestClassMean'] as const)
        expect(values[measure], measure).not.toBeNull();
    expect(state.prediction.layers.map(({ features }) => features)).toEqual(
      // Channels in 4 x 4 cells, the last ones pooled by the network; values of tokens in 4 cells of the 5.
      network === tinyResNet ? [64, 64, 8] : [32, 32, 32],
    );
  });

  it('leaves as ONNX and safetensors', async () => {
    const [onnx, safetensors] = ['onnx', 'safetensors'].map((format) => join(temporaryFolder(), `network.${format}`));
    const request = { home: tiny.home, run: runOf('A2B~2') };
    await writeNetworkFile({ ...request, format: 'onnx', file: onnx });
    await (await InferenceSession.create(onnx)).release();
    await writeNetworkFile({ ...request, format: 'safetensors', file: safetensors });
    const { stored } = storedTensors(readFileSync(safetensors), { F32: 4, I64: 8 });
    const names = stored.map(({ name }) => name);
    expect(names).toContain(
      network === tinyResNet ? 'layer2.0.downsample.1.num_batches_tracked' : 'blocks.1.attn.qkv.weight',
    );
    expect(names.filter((name) => name.includes('adapter'))).toEqual([]);
  });

  it('travels as one file', async () => {
    const file = join(temporaryFolder(), 'study.transplant');
    await packStudy({ home: tiny.home, study: ran.study, file, checkpoints: 'bases' });
    const other = await createTinyHome();
    try {
      const { study, known } = await restoreStudy(other, file, never);
      expect([study.id, known]).toEqual([ran.study, false]);
      const results = ({ store }: TinyHome) =>
        store.studyRuns(ran.study).map(({ name, record }) => [name, record.correct, record.loss]);
      expect(results(other)).toEqual(results(tiny));
    } finally {
      other.dispose();
    }
  });
});
