import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestWithin } from '../../src-main/app/planning/budget.ts';
import { planRequest } from '../../src-main/app/planning/plan-request.ts';
import type { RequestedStudy } from '../../src-main/app/planning/request.ts';
import { addImages, createTinyHome, type TinyHome } from '../study/tiny-study.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';

/** A step of 1 s, a tenth of it forwards. */
const speed = {
  measurement: {
    ...{ engineVersion: 'made up', batchSize: 10, stepSeconds: 1, evaluationSecondsPerImage: 0.01 },
    ...{ loadSeconds: 2, compileSeconds: 0.5, memory: 100 },
  },
  ...{ workers: 1, sharedMemory: 1e9 },
};

describe('a budget', () => {
  let tiny: TinyHome;
  let request: RequestedStudy;
  beforeAll(async () => {
    tiny = await createTinyHome();
    addImages(tiny.store, tiny.index, tiny.imageSet);
    request = { preset: 'quick', data: tiny.index.id, network: tinyResNet, engine: 'onnx' };
  });
  afterAll(() => tiny.dispose());
  const within = (seconds: number, more: Partial<RequestedStudy> = {}) =>
    largestWithin(seconds, tiny, { ...request, ...more }, speed);

  it('that is ample gives every cut, three seeds and all epochs', () => {
    const { request: chosen, sentence } = within(1e6);
    expect(chosen).toMatchObject({ layers: [1, 2, 3], seeds: 3, epochs: 4 });
    expect(sentence).toMatch(
      /^Chosen for 11 d 14 h: n = 1 to 3 \(conv1 to layer2\.0\), 3 seeds, 4 epochs; 51 trainings, about /,
    );
  });

  it('has as many replicates as the preset at the most', () => {
    expect(within(1e7, { preset: 'standard' }).request.seeds).toBe(9);
  });

  it('is kept with room to spare, by less and less of a study', () => {
    const times = [500, 300, 150, 70].map((seconds) => ({ seconds, ...within(seconds) }));
    for (const { seconds, estimate } of times) expect(estimate.seconds).toBeLessThanOrEqual(0.85 * seconds);
    const sizes = times.map(({ estimate }) => estimate.seconds);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes).size).toBe(4);
    expect(within(150)).toEqual(within(150));
  });

  it('leaves alone what was asked for', () => {
    const { request: chosen } = within(150, { layers: [2, 3], epochs: 2 });
    expect(chosen).toMatchObject({ layers: [2, 3], epochs: 2 });
    expect(within(100, { seeds: 2 }).request.seeds).toBe(2);
  });

  it('that the smallest study just fits into takes that, though there is no room to spare', () => {
    const { seconds } = within(37).estimate;
    expect(seconds).toBeGreaterThan(0.85 * 37);
    expect(seconds).toBeLessThanOrEqual(37);
  });

  it('that not even the smallest study fits into is refused with what that would take', () => {
    expect(() => within(10)).toThrow(
      /^Even the smallest study would take about \d+ .*, but the budget is 10 s: allow more/,
    );
  });
  it('takes no longer to look at where there are a thousand seeds: the plan is of the first of them', () => {
    const { plan, protocol } = planRequest(tiny, { ...request, seeds: 1000 });
    expect([plan.replicates.length, protocol.replicates.length]).toEqual([24, 1000]);
    expect(() => planRequest(tiny, { ...request, seeds: 1000, splits: 1000 })).toThrow(/10,000 are the most/);
  });
});
