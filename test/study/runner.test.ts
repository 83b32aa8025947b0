import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { createTinyHome, runTinyStudy, tinyProtocol, type TinyHome, type TinyRun } from './tiny-study.ts';

/** A study that nothing stopped, which no test changes. */
let wholeHome: TinyHome;
let whole: TinyRun;
beforeAll(async () => {
  wholeHome = await createTinyHome();
  whole = await runTinyStudy(wholeHome, tinyProtocol(wholeHome.index, { layers: [1, 2] }));
});
afterAll(() => wholeHome.dispose());

let tiny: TinyHome;
beforeEach(async () => {
  tiny = await createTinyHome();
});
afterEach(() => tiny.dispose());

const keyOf = ({ plan }: TinyRun, name: string) => plan.runs.find((run) => run.name === name)!.key;
const finalWeights = (run: TinyRun, name: string, home: TinyHome = tiny) => {
  const checkpoint = home.store.latestCheckpoint(keyOf(run, name))!;
  expect(checkpoint.final).toBe(true);
  return decodeSafetensors(readFileSync(join(home.home, checkpoint.file))).tensors;
};
const statuses = ({ study }: TinyRun) =>
  Object.fromEntries(tiny.store.studyRuns(study).map(({ name, record }) => [name, record.status]));

describe('a study', () => {
  it('trains every run of the plan, keeps copied layers where they are frozen, and learns', async () => {
    expect(whole.outcome).toEqual({ done: 12, failed: 0, skipped: 0, stopped: false });
    const layer = (name: string, tensor: string) => finalWeights(whole, name, wholeHome).get(tensor)!.data;
    for (const tensor of ['conv1.weight', 'conv1.bias', 'fc2.weight', 'fc2.bias']) {
      expect(layer('A2B', tensor)).toEqual(layer('baseA', tensor));
      expect(layer('B2B', tensor)).toEqual(layer('baseB', tensor));
      expect(layer('A2B+', tensor)).not.toEqual(layer('baseA', tensor));
    }
    // The random networks are one, chopped at different layers; what is above is each network's own.
    expect(layer('R1B', 'conv1.weight')).toEqual(layer('R2B', 'conv1.weight'));
    expect(layer('R1B', 'conv1.weight')).not.toEqual(layer('baseB', 'conv1.weight'));
    expect(layer('R1B', 'fc2.weight')).not.toEqual(layer('R2B', 'fc2.weight'));
    expect(layer('A1B', 'fc2.weight')).not.toEqual(layer('baseA', 'fc2.weight'));
    for (const { record } of wholeHome.store.studyRuns(whole.study).filter(({ name }) => name.startsWith('base'))) {
      expect(record.total).toBe(20);
      expect(record.correct! / record.total!).toBeGreaterThan(0.8);
    }
  });

  it('that is stopped and resumed ends with the same bytes as one that was not', async () => {
    const protocol = tinyProtocol(tiny.index);
    // Stopped twice: in the middle of the bases, and later among the treatments.
    const first = await runTinyStudy(
      tiny,
      protocol,
      (event) => event.type === 'run-message' && event.message.type === 'point' && event.message.step > 3,
    );
    expect(first.outcome.stopped).toBe(true);
    expect(first.events.at(-1)).toMatchObject({ type: 'study-stopped' });
    const second = await runTinyStudy(tiny, protocol, (event) => event.type === 'run-started' && event.name === 'A1B');
    expect(second.outcome.stopped).toBe(true);
    const resumed = await runTinyStudy(tiny, protocol);
    expect(resumed.outcome).toMatchObject({ failed: 0, skipped: 0, stopped: false });
    expect(resumed.plan.runs).toHaveLength(7);
    for (const { name, key } of resumed.plan.runs) {
      expect(finalWeights(resumed, name), name).toEqual(finalWeights(whole, name, wholeHome));
      expect(tiny.store.curve(key), name).toEqual(wholeHome.store.curve(key));
      expect(tiny.store.evaluations(key), name).toEqual(wholeHome.store.evaluations(key));
      const history = ({ store }: TinyHome) => [
        ...store.snapshots(key).map(({ step }) => [step, store.snapshot(key, step)]),
        store.layerQualities(key),
      ];
      expect(history(tiny), name).toEqual(history(wholeHome));
    }
  });

  it('keeps how the filters formed of every run whose first layer learns, from its start to its end', () => {
    const { store } = wholeHome;
    const history = (name: string) => store.snapshots(keyOf(whole, name)).map(({ step }) => step);
    const { steps } = whole.plan.runs[0];
    for (const name of ['baseA', 'baseB', 'A1B+', 'B1B+']) {
      expect([history(name)[0], history(name).at(-1)], name).toEqual([0, steps]);
      const last = store.snapshot(keyOf(whole, name), steps);
      expect(last, name).toEqual(finalWeights(whole, name, wholeHome).get('conv1.weight'));
    }
    expect(history('baseA').length).toBeGreaterThan(history('A1B+').length);
    expect(store.snapshot(keyOf(whole, 'A1B+'), 0)).toEqual(
      finalWeights(whole, 'baseA', wholeHome).get('conv1.weight'),
    );
    for (const name of ['A1B', 'B1B', 'R1B']) expect(history(name), name).toEqual([]);
    // Numbers about every layer are of bases, at the same steps.
    const measured = (name: string) => store.layerQualities(keyOf(whole, name)).map(({ step }) => step);
    expect(measured('baseA')).toEqual(history('baseA'));
    expect(measured('A1B+')).toEqual([]);
    // The frozen ones are to be seen all the same.
    const shown = whole.events.flatMap((event) =>
      event.type === 'run-message' && event.message.type === 'filters' ? [event.name] : [],
    );
    expect(new Set(shown)).toEqual(new Set(whole.plan.runs.map(({ name }) => name)));
  });

  it('reuses what another study has trained', async () => {
    await runTinyStudy(tiny, tinyProtocol(tiny.index, { treatments: ['transfer'] }));
    const { events } = await runTinyStudy(tiny, tinyProtocol(tiny.index, { treatments: ['transfer', 'random'] }));
    const names = (type: string) =>
      events.flatMap((event) => (event.type === type && 'name' in event ? [event.name] : [])).sort();
    expect(names('run-reused')).toEqual(['A1B', 'baseA', 'baseB']);
    expect(names('run-started')).toEqual(['R1B']);
  });

  it('trains a base again whose file somebody deleted, to the same bytes', async () => {
    const protocol = tinyProtocol(tiny.index, { treatments: ['transfer'], layers: [] });
    const bases = await runTinyStudy(tiny, protocol);
    const before = tiny.store.latestCheckpoint(keyOf(bases, 'baseA'))!;
    rmSync(join(tiny.home, before.file));
    const run = await runTinyStudy(tiny, tinyProtocol(tiny.index, { treatments: ['transfer'] }));
    expect(statuses(run)).toEqual({ baseA: 'finished', baseB: 'finished', A1B: 'finished' });
    expect(tiny.store.latestCheckpoint(keyOf(run, 'baseA'))!.sha256).toBe(before.sha256);
  });

  it('goes on with what does not depend on a run that failed', async () => {
    const bases = await runTinyStudy(tiny, tinyProtocol(tiny.index, { treatments: ['transfer'], layers: [] }));
    expect(Object.keys(statuses(bases)).sort()).toEqual(['baseA', 'baseB']);
    const damaged = tiny.store.latestCheckpoint(keyOf(bases, 'baseA'))!;
    writeFileSync(join(tiny.home, damaged.file), 'not weights');
    const run = await runTinyStudy(tiny, tinyProtocol(tiny.index));
    expect(statuses(run)).toEqual({
      ...{ baseA: 'finished', baseB: 'finished', A1B: 'failed', 'A1B+': 'failed' },
      ...{ B1B: 'finished', 'B1B+': 'finished', R1B: 'finished' },
    });
    expect(tiny.store.findRun(keyOf(run, 'A1B'))!.error).toContain(damaged.file.split('/').at(-1));
  });

  it('ends a run whose loss explodes as failed at its step, and skips what would be made from it', async () => {
    const protocol = tinyProtocol(tiny.index);
    const training = { ...protocol.network.training, learningRate: 1e12, warmUp: 0 };
    const run = await runTinyStudy(tiny, { ...protocol, network: { ...protocol.network, training } });
    expect(run.outcome).toEqual({ done: 0, failed: 3, skipped: 4, stopped: false });
    expect(tiny.store.findRun(keyOf(run, 'baseB'))!.error).toMatch(/step \d+/);
    expect(statuses(run)).toMatchObject({ baseA: 'failed', R1B: 'failed', A1B: 'planned' });
  });
});
