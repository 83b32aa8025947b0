import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { storedRun } from '../../src-main/app/stored/run.ts';
import { LayerLooks } from '../../src-main/app/layers/looks.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import { readCheckpoint, writeCheckpoint } from '../../src-main/store/checkpoints.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { parseCsv } from '../study/parse-csv.ts';
import { connectTo, exported, newHome, openTrainedDesk } from './in-memory.ts';

/** For reports, on a machine that is busy with other things. */
const patience = { timeout: 240_000 };

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

let opened: Awaited<ReturnType<typeof openTrainedDesk>>;
let study: string;
let names: ReadonlyMap<string, string>;
const keyOf = (name: string): string => names.get(name)!;

beforeAll(async () => {
  opened = await openTrainedDesk({ until: afterAll });
  ({ study } = opened);
  const { api, close } = connectTo(opened.workspace);
  names = new Map((await api.studies.details({ study })).runs.map(({ name, key }) => [name, key]));
  close();
}, 120_000);

/** Gives a training other weights. */
async function change(run: string, alter: (weights: Weights) => void): Promise<void> {
  const { workspace } = opened;
  const { store, home } = workspace.application;
  const { network } = storedRun(workspace.application, run);
  const last = store.latestCheckpoint(run)!;
  const { weights } = await readCheckpoint({ ...last, file: join(home, last.file) }, network);
  alter(weights);
  const { step } = last;
  const folder = `checkpoints/${run}`;
  const content = { weights, momentum: zeroMoments(network), metadata: {} };
  const { sha256, bytes } = await writeCheckpoint(join(home, folder), step, content);
  store.addCheckpoint({ run, step, file: `${folder}/step-${step}.safetensors`, sha256, bytes, final: true });
}

describe('the layers of a finished study', () => {
  it('say where they come from, what excites their units, and how specific that is', async () => {
    const { workspace, set } = opened;
    const { api, close } = connectTo(workspace);
    const run = keyOf('baseA');
    const base = await api.layers.describe({ run, study });
    expect(base).toMatchObject({ inputSize: 8, readable: 3, problem: null, imagesProblem: null });
    expect(base.layers).toMatchObject([
      { n: 1, name: 'conv1', type: 'conv', units: 4, window: 3, origin: 'learned' },
      { n: 2, name: 'fc2', type: 'dense', units: 16, window: 8, origin: 'learned' },
      { n: 3, name: 'fc3', type: 'dense', units: 2, window: 8, origin: 'learned' },
    ]);
    const frozen = await api.layers.describe({ run: keyOf('A1B'), study });
    expect(frozen.layers.map(({ origin, source }) => [origin, source])).toEqual([
      ['frozen', 'baseA'],
      ['learned', undefined],
      ['learned', undefined],
    ]);
    expect((await api.layers.describe({ run: keyOf('A1B+'), study })).layers[0].origin).toBe('fine-tuned');

    const said = [];
    for await (const news of await api.layers.look({ run, study })) said.push(news);
    const look = said.at(-1)!;
    if (look.type !== 'look') throw new Error('the last thing said is not the result');
    expect(said.slice(0, -1).every(({ type }) => type === 'progress')).toBe(true);
    expect(look).toMatchObject({ set, among: 80, asked: 9, chance: { ofA: 0.5 } });
    expect(look.layers.map(({ n }) => n)).toEqual([1, 2, 3]);
    // Classes are told by their colour, and base A by its two: its outputs agree on classes as no chance does.
    const [, , last] = look.layers;
    expect(last.share).toBeGreaterThan(0.9);
    expect(look.chance.share).toBeLessThan(0.6);

    const { units } = await api.layers.units({ run, study, n: 3 });
    const exciting = await api.layers.exciting({ run, study, n: 3, unit: 0 });
    expect(exciting).toMatchObject({ set, size: 8, among: 80 });
    expect(new Set(exciting.images.map(({ image }) => image)).size).toBe(24);
    const responses = exciting.images.map(({ response }) => response);
    expect(responses).toEqual(responses.toSorted((a, b) => b - a));
    expect(units[0]).toMatchObject({ state: 'answers', class: exciting.images[0].class, response: responses[0] });
    expect(exciting.images[0].window).toEqual({ top: 0, left: 0, rows: 8, columns: 8 });
    const own = storedRun(workspace.application, run).identity.classes;
    for (const { class: name, half } of exciting.images) expect(half).toBe(own.includes(name) ? 'A' : 'B');

    // A window is the image's own pixels, grey where it reaches beyond.
    const patches = await api.layers.patches({ run, study, n: 1, units: [2], each: 1, size: 48 });
    const [first] = (await api.layers.exciting({ run, study, n: 1, unit: 2 })).images;
    const { pixels } = await api.images.pictures({ set, images: [first.image], size: 8 });
    const [patch, whole] = [await bytesOf(patches.pixels), await bytesOf(pixels)];
    expect(patches.size).toBe(3);
    const { top, left, rows, columns } = first.window;
    const [down, along] = [top === 0 ? 3 - rows : 0, left === 0 ? 3 - columns : 0];
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++) {
        const inside = row >= down && column >= along && row < down + rows && column < along + columns;
        const from = 3 * ((top + row - down) * 8 + left + column - along);
        const right = inside ? [...whole.subarray(from, from + 3)] : [128, 128, 128];
        expect([...patch.subarray(3 * (3 * row + column)).subarray(0, 3)]).toEqual(right);
      }

    const wish = { run, study, n: 3, units: [0, 1], seeds: 2 };
    for await (const { done, total } of await api.layers.draw(wish)) expect(done / total).toBeLessThanOrEqual(1);
    const drawn = await api.layers.wishes(wish);
    expect(drawn).toMatchObject({ rows: 8, columns: 8, onMean: true });
    expect(await bytesOf(drawn.pixels)).toHaveLength(4 * 8 * 8 * 3);
    expect(Math.max(...drawn.responses.slice(0, 2))).toBeGreaterThan(responses[0]);

    const refusal = (sentence: string) => ({ code: 'REFUSED', data: { sentence: expect.stringContaining(sentence) } });
    await expect(api.layers.units({ run, study, n: 4 })).rejects.toMatchObject(refusal("Layer 4 can't be looked at"));
    await expect(api.layers.exciting({ run, study, n: 3, unit: 2 })).rejects.toMatchObject(
      refusal('There is no unit 3 in layer 3: it has 2.'),
    );
    close();
  });

  it('are in the report where that is asked for, with the numbers of the screen', patience, async () => {
    const { workspace, home } = opened;
    const { api, close } = connectTo(workspace);
    const { folder, files } = await exported(api.studies.export({ study, layers: true }));
    const names = files.map(({ name }) => name);
    const pictures = [
      'layer-selectivity-baseA.svg',
      'layer-selectivity-A1B.png',
      'layer-1-baseA.png',
      'layer-3-A1B.png',
    ];
    expect(names).toEqual(expect.arrayContaining(['layers.csv', 'layers.parquet', 'layer-curve.svg', ...pictures]));
    const [head, ...rows] = parseCsv(readFileSync(join(folder, 'layers.csv'), 'utf8'));
    const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
    expect(column('network')).toEqual(['baseA', 'baseA', 'baseA', 'A1B', 'A1B', 'A1B']);
    const { application } = workspace;
    const looked = await workspace.looks.of(application, storedRun(application, keyOf('baseA')), study);
    expect(column('same_class').slice(0, 3)).toEqual(looked.layers.map(({ share }) => String(share)));
    expect(column('classes_of_a').slice(0, 3)).toEqual(looked.layers.map(({ ofA }) => String(ofA)));
    const transfer = await workspace.looks.of(application, storedRun(application, keyOf('A1B')), study);
    expect(column('same_class').slice(3)).toEqual(transfer.layers.map(({ share }) => String(share)));
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('What excites the layers');
    expect(page).toContain('Of 80 images of both halves');
    expect(page).toContain('2 units, receptive field 8 × 8 pixels');
    const plain = await exported(api.studies.export({ study, folder: join(home, 'reports', 'plain') }));
    expect(plain.files.map(({ name }) => name).filter((name) => /^layers?[-.]/.test(name))).toEqual([]);
    close();
  });

  it('cost the report one sentence where the images are not here', patience, async () => {
    const file = join(opened.home, 'tiny.transplant');
    await opened.workspace.application.packStudy(study, file, 'all');
    const home = newHome();
    const elsewhere = new Workspace({ home });
    elsewhere.open();
    onTestFinished(() => elsewhere.close());
    await elsewhere.restoreStudy(file);
    const files = await elsewhere.application.writeReport(study, join(home, 'report'), { layers: true });
    expect(files.map((path) => basename(path))).toEqual(expect.arrayContaining(['report.html', 'filters.csv']));
    const page = readFileSync(files[0], 'utf8');
    expect(page.match(/What excites the layers can’t be shown/g)).toHaveLength(1);
    expect(page).toContain('it was trained elsewhere and came as a file');
    expect(page).toContain('First-layer filters');
  });

  it('say what is wrong with them where something is, and show the rest', async () => {
    const { api, close } = connectTo(opened.workspace);
    await change(keyOf('A1B+'), (weights) => {
      weights.get('conv1.bias')!.data[1] = -1e4;
      weights.get('fc2.weight')!.data.fill(0, 0, weights.get('fc2.weight')!.shape[1]);
    });
    const run = keyOf('A1B+');
    const stateOf = async (n: number) => (await api.layers.units({ run, study, n })).units.map(({ state }) => state);
    expect(await stateOf(1)).toEqual(['answers', 'silent', 'answers', 'answers']);
    expect((await stateOf(2))[0]).toBe('constant');
    // A filter that is silent still has an order; what comes nearest can be seen.
    expect((await api.layers.exciting({ run, study, n: 1, unit: 1 })).images[0].response).toBeLessThan(0);

    await change(keyOf('baseB'), (weights) => (weights.get('fc2.weight')!.data[5] = NaN));
    const spoilt = { run: keyOf('baseB'), study, n: 1 };
    await expect(api.layers.units(spoilt)).rejects.toMatchObject({
      data: { sentence: expect.stringContaining('fc2.weight has weights that are not numbers') },
    });
    const draw = async () => {
      for await (const _ of await api.layers.draw({ ...spoilt, units: [0], seeds: 1 }));
    };
    await expect(draw()).rejects.toMatchObject({ data: { sentence: expect.stringContaining('that are not numbers') } });
    close();
  });

  it('are looked at once, whoever asks, and no longer when nobody waits', async () => {
    const { workspace } = opened;
    const { application } = workspace;
    const run = storedRun(application, keyOf('A1B'));
    // Nobody has asked these yet.
    const looks = new LayerLooks();
    const stop = new AbortController();
    const [impatient, patient] = [stop.signal, undefined].map((signal) =>
      looks.of(application, run, study, { signal }),
    );
    stop.abort();
    await expect(impatient).rejects.toThrow('cancelled');
    const looked = await patient;
    expect(await looks.of(application, run, study)).toBe(looked);
  });
});
