import { describe, expect, it } from 'vitest';
import { BatchPrefetcher } from '../../src-main/engine/trainer/setup.ts';
import { UserError } from '../../src-main/errors.ts';

/** Batches that know their step; `made` notes each. */
function source(damaged?: number) {
  const made: number[] = [];
  const batch = (step: number) => {
    made.push(step);
    if (step === damaged) throw new UserError('a shard is damaged');
    return { images: Float32Array.of(step), labels: Int32Array.of(step), dropoutMasks: [] };
  };
  return { made, batch };
}

describe('batches made ahead', () => {
  it('are made once each, whether or not they were prepared, and none behind the last step', () => {
    const { made, batch } = source();
    const ahead = new BatchPrefetcher({ batch }, 4);
    for (let step = 0; step < 4; step++) {
      expect(ahead.take(step).labels[0]).toBe(step);
      if (step !== 1) ahead.prefetch(step + 1);
    }
    expect(made).toEqual([0, 1, 2, 3]);
  });

  it('are those of the step that is asked for, also when another one was prepared', () => {
    const ahead = new BatchPrefetcher(source(), 10);
    ahead.prefetch(5);
    expect(ahead.take(2).labels[0]).toBe(2);
    expect(ahead.take(5).labels[0]).toBe(5);
  });

  it('fail at the step that needs them, not while the one before is under way', () => {
    const ahead = new BatchPrefetcher(source(1), 3);
    ahead.take(0);
    ahead.prefetch(1);
    expect(() => ahead.take(1)).toThrow('a shard is damaged');
  });
});
