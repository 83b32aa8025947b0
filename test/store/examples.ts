import type { CurvePoint } from '../../src-main/common/results/accuracy.ts';
import type { ImageSetRecord, NewRun, StudyRecord } from '../../src-main/store/records.ts';

export const imageSet = (id: string, name = 'birds'): ImageSetRecord => ({
  id,
  name,
  size: 32,
  classes: 20,
  trainImages: 1000,
  heldOutImages: 200,
  folder: id,
  source: `/photos/${name}`,
  created: '2026-11-01T12:00:00.000Z',
});

export const study = (id: string, name = 'first'): StudyRecord => ({
  id,
  name,
  protocol: `{"id":"${id}","data":{"id":"images of ${id}"}}`,
  status: 'running',
  created: '2026-11-01T12:00:00.000Z',
  finished: null,
  seconds: 0,
});

export const newRun = (key: string): NewRun => ({ key, identity: `{"key":"${key}"}`, seed: `seed ${key}`, steps: 100 });

export const placed = (key: string, name: string) => ({
  run: newRun(key),
  place: { replicate: 0, name, kind: 'base', n: 0, target: 'A' as const },
});

export const point = (step: number): CurvePoint => ({
  step,
  loss: 1 / step,
  accuracy: 0.5,
  learningRate: 0.01,
});
