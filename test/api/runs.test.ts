import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo, openTrainedDesk } from './in-memory.ts';

const float32 = async (blob: Blob) => new Float32Array(await blob.arrayBuffer());
const float64 = async (blob: Blob) => new Float64Array(await blob.arrayBuffer());

/** A finished study whose networks nobody has looked at. */
async function openStudy(options?: Parameters<typeof openTrainedDesk>[0]) {
  const { workspace, home, study } = await openTrainedDesk(options);
  const { api, close } = connectTo(workspace);
  const { runs } = await api.studies.details({ study });
  const keyOf = (name: string) => runs.find((run) => run.name === name)!.key;
  return { api, close, keyOf, runs, home, study };
}

describe('a finished training', () => {
  /** What no test changes. */
  let trained: Awaited<ReturnType<typeof openStudy>>;
  beforeAll(async () => {
    trained = await openStudy({ until: afterAll });
  }, 120_000);

  it('has its learning curve as numbers, to the last step', async () => {
    const { api, keyOf, runs } = trained;
    const { training, heldOut } = await api.runs.curve({ run: keyOf('baseB') });
    const points = await float64(training);
    const evaluations = await float64(heldOut);
    const { steps, accuracy } = runs.find(({ name }) => name === 'baseB')!;
    expect(points.length % 4).toBe(0);
    expect(points.at(-4)).toBe(steps);
    expect(evaluations.at(-4)).toBe(steps);
    expect(evaluations.at(-2)! / evaluations.at(-1)!).toBe(accuracy);
  });

  it('has the history of its filters from the first step to the last, whole and one by one', async () => {
    const { api, keyOf, runs } = trained;
    const run = keyOf('baseB');
    const { steps } = await api.runs.history({ run });
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(runs[0].steps);
    const first = await api.runs.filters({ run, step: 0 });
    const last = await api.runs.filters({ run, step: 'latest' });
    expect(last).toMatchObject({ step: steps.at(-1), shape: [4, 3, 3, 3] });
    expect(await float32(first.weights)).not.toEqual(await float32(last.weights));
    expect(last.measures).toHaveLength(4);
    const one = await api.runs.filterHistory({ run, filter: 2 });
    expect(one.shape).toEqual([steps.length, 3, 3, 3]);
    const history = await float32(one.weights);
    expect(history.slice(-27)).toEqual((await float32(last.weights)).slice(2 * 27, 3 * 27));
    const fourier = await api.runs.fourier({ run, step: 'latest', filter: 2 });
    expect(await float32(fourier.magnitude)).toHaveLength(fourier.size ** 2);
  });

  it('that was transplanted frozen shows the filters of its base', async () => {
    const { api, keyOf } = trained;
    const weights = async (run: string) => float32((await api.runs.filters({ run, step: 'latest' })).weights);
    expect(await weights(keyOf('A1B'))).toEqual(await weights(keyOf('baseA')));
    expect(await weights(keyOf('A1B+'))).not.toEqual(await weights(keyOf('baseA')));
  });

  it('says what its filters are, at a step and over its history, beside untrained ones', async () => {
    const { api, keyOf } = trained;
    const run = keyOf('baseB');
    const { banks, untrained, least } = await api.runs.fits({ run, at: 'history' });
    const { steps } = await api.runs.history({ run });
    expect(banks.map(({ step }) => step)).toEqual(expect.arrayContaining([0, steps.at(-1)]));
    const latest = await api.runs.fits({ run, at: 'latest' });
    // What was fitted once is remembered.
    expect(latest.banks).toEqual([{ ...banks.at(-1), planes: expect.any(Blob) }]);
    expect(latest).toMatchObject({ untrained, least });
    const [{ filters, shape, planes, shares }] = latest.banks;
    expect(shape).toEqual([4, 3, 3, 3]);
    const total = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((sum, one) => sum + one);
    expect(total(shares)).toBeCloseTo(1, 12);
    expect(total(untrained.shares)).toBeCloseTo(1, 12);
    // What is drawn is what is said: the share that the Gabor function leaves of its component.
    const drawn = await float32(planes);
    filters.forEach(({ gabor }, filter) => {
      const [component, fitted] = [0, 1].map((plane) => drawn.subarray(9 * (3 * filter + plane)).subarray(0, 9));
      const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0);
      const left = squares(component.map((value, place) => value - fitted[place]));
      expect(1 - left / squares(component)).toBeCloseTo(gabor.explained, 4);
    });
    // A single bank is held against three nulls, a history is not.
    expect(latest.nulls.map(({ name }) => name)).toEqual(['white', 'smoothed', 'shuffled']);
    for (const { shares: held, plane, filters: number } of latest.nulls) {
      expect(total(held)).toBeCloseTo(1, 12);
      expect(plane).toHaveLength(number);
    }
    expect((await api.runs.fits({ run, at: 'history' })).nulls).toEqual([]);
    const frozen = await api.runs.fits({ run: keyOf('A1B'), at: 'history' });
    expect(frozen.banks).toHaveLength(1);
    await expect(api.runs.fits({ run, at: 10_000 })).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('has what was found in its filters kept for the report, until it goes with its study', async () => {
    const { api, keyOf, close, home, study } = await openStudy();
    const run = keyOf('baseB');
    const kept = () => {
      const folder = join(home, 'filter-fits', run);
      return readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
    };
    const { banks } = await api.runs.fits({ run, at: 'history' });
    const found = kept();
    expect(found).toHaveLength(banks.length);
    const events = [];
    for await (const event of await api.studies.export({ study })) events.push(event);
    expect(events.at(-1)).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ name: 'report.html' })]),
    });
    expect(events.flatMap((event) => ('fraction' in event ? event.fraction : []))).toEqual(
      events.flatMap((event) => ('fraction' in event ? event.fraction : [])).sort((a, b) => a - b),
    );
    expect(kept()).toEqual(found);
    expect(readdirSync(join(home, 'filter-fits')).sort()).toEqual([run, keyOf('baseA')].sort());
    await api.studies.remove({ study });
    await api.bin.remove({ kind: 'study', id: study });
    expect(readdirSync(join(home, 'filter-fits'))).toEqual([]);
    close();
  });

  it('has the layers whose filters can be looked at, and refuses others; a saved file has the same', async () => {
    const { api, keyOf, home } = trained;
    const run = keyOf('baseB');
    const { layers } = await api.runs.filterLayers({ run });
    expect(layers).toEqual([{ layer: 'conv1', depthwise: false, shape: [4, 3, 3, 3] }]);
    await expect(api.runs.filters({ run, step: 'latest', layer: 'fc2' })).rejects.toMatchObject({ code: 'REFUSED' });
    const { file } = await api.runs.save({ run, format: 'onnx', folder: home });
    const opened = await api.runs.openFilters({ file });
    expect(opened).toMatchObject({ name: basename(file), layers });
    const [own, read] = await Promise.all(
      [run, opened.run].map(async (of) => float32((await api.runs.filters({ run: of, step: 'latest' })).weights)),
    );
    expect(read).toEqual(own);
    await expect(api.runs.openFilters({ file: join(home, 'none.onnx') })).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('matches the filters of two networks one to one; those that were copied are found again', async () => {
    const { api, keyOf } = trained;
    const latest = (name: string) => ({ run: keyOf(name), step: 'latest' as const });
    const learned = await api.runs.matching({ first: latest('baseA'), second: latest('baseB') });
    expect(learned.matches.toSorted()).toEqual([0, 1, 2, 3]);
    expect(learned.untrained).toHaveLength(2 * 4 * learned.draws);
    expect(learned.generality).toBeLessThan(1);
    const copied = await api.runs.matching({ first: latest('baseA'), second: latest('A1B') });
    expect(copied.matches).toEqual([0, 1, 2, 3]);
    expect(copied.generality).toBeCloseTo(1, 6);
  });

  it('has no filter, step or key beyond its own', async () => {
    const { api, keyOf } = trained;
    const run = keyOf('baseB');
    const refusal = (sentence: string) => ({ code: 'REFUSED', data: { sentence: expect.stringContaining(sentence) } });
    await expect(api.runs.fourier({ run, step: 'latest', filter: 4 })).rejects.toMatchObject(
      refusal('There is no filter 5'),
    );
    await expect(api.runs.filters({ run, step: 10_000 })).rejects.toMatchObject(refusal('no filters of step 10000'));
    await expect(api.runs.filters({ run: '0'.repeat(64), step: 'latest' })).rejects.toMatchObject(
      refusal('There is no training 00000000'),
    );
  });
});
