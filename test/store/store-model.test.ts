import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { imageSet, newRun, study } from './examples.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { ModelStore } from './model-store.ts';

type Operation = { [M in keyof Store]: [M, ...Parameters<Store[M]>] }[keyof Store];

const RUNS = ['aa1', 'aa2', 'ab1'];
const STUDIES = ['s1', 's12', 't1'];
const run = fc.constantFrom(...RUNS);
const studyId = fc.constantFrom(...STUDIES);
const NAMES = ['red', "blue'; DROP TABLE runs; --", 's1'];
const name = fc.constantFrom(...NAMES);
const step = fc.integer({ min: 0, max: 5 });
/** SQLite has no negative zero. */
const withoutSign = (value: number) => value + 0;
const number = fc.double().map(withoutSign);
const created = fc.constantFrom('2026-11-01T12:00:00.000Z', '2026-11-02T12:00:00.000Z');
const reference = fc.constantFrom('', 'a', 'aa', 's', 't', '%', '*', ...RUNS, ...STUDIES, 'red', 'nothing');
const binKind = fc.constantFrom('study', 'images');
const runStatus = fc.constantFrom('planned', 'running', 'running', 'stopped', 'finished', 'finished', 'failed');
const count = fc.option(fc.integer({ min: 0, max: 50 }));
const place = fc.record({
  replicate: fc.integer({ min: 0, max: 1 }),
  name: fc.constantFrom('baseA', 'B3B+', 'A3B'),
  kind: fc.constant('base'),
  n: step,
  target: fc.constantFrom('A', 'B'),
});
/** Any numbers, NaN and infinities included, and as trainers make them: a part of a larger buffer. */
const weight = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.float32Array({ minLength: 13, maxLength: 13 }))
  .map(([filters, numbers]) => ({ shape: [filters, 1, 2, 2], data: numbers.subarray(1, 1 + 4 * filters) }));
const label = fc.integer({ min: 0, max: 65_535 });
/** Of few classes and of many. */
const answers = fc
  .array(fc.oneof(fc.tuple(label, label), fc.constant([7, 255])), { minLength: 1, maxLength: 4 })
  .map((pairs) => ({
    labels: Uint16Array.from(pairs, ([of]) => of),
    answers: Uint16Array.from(pairs, ([, said]) => said),
  }));
const runChange = fc.record(
  {
    status: runStatus,
    correct: count,
    total: count,
    loss: fc.option(fc.double({ noNaN: true }).map(withoutSign)),
    error: name,
    step,
    seconds: step,
  },
  { requiredKeys: ['status'] },
);

const part = fc.double({ min: 0, max: 1, noNaN: true }).map(withoutSign);
const qualities = fc.record({ n: fc.integer({ min: 1, max: 4 }), sparsity: part, orthogonality: part });

const operation = fc.oneof(
  fc.tuple(
    fc.constant('addImageSet'),
    fc.tuple(studyId, name, created).map(([id, called, at]) => ({ ...imageSet(id, called), created: at })),
  ),
  fc.tuple(
    fc.constant('addStudy'),
    fc.tuple(studyId, name, created).map(([id, called, at]) => ({ ...study(id, called), created: at })),
    fc.array(fc.record({ run: run.map(newRun), place }), { maxLength: 4 }),
  ),
  fc.tuple(
    fc.constant('updateStudy'),
    studyId,
    fc.record(
      { status: fc.constantFrom('running', 'stopped', 'finished', 'failed'), finished: created, addSeconds: step },
      { requiredKeys: ['status'] },
    ),
  ),
  fc.tuple(fc.constant('updateRun'), run, runChange),
  fc.tuple(fc.constant('updateRun'), run, runChange),
  fc.tuple(fc.constant('removeCheckpoint'), run),
  fc.tuple(
    fc.constant('addCheckpoint'),
    fc.record({ run, step, sha256: name, bytes: step, final: fc.boolean() }).map((checkpoint) => ({
      ...checkpoint,
      file: `checkpoints/${checkpoint.run}/step-${checkpoint.step}.safetensors`,
    })),
  ),
  fc.tuple(
    fc.constant('addCurvePoints'),
    run,
    fc.array(fc.record({ step, loss: number, accuracy: number, learningRate: number }), {
      maxLength: 4,
    }),
  ),
  fc.tuple(fc.constant('addEvaluation'), run, fc.record({ step, loss: number, correct: step, total: step })),
  fc.tuple(fc.constant('setAnswers'), run, step, answers),
  fc.tuple(
    fc.constant('addSnapshot'),
    run,
    fc.record({ step, weight, layers: fc.array(qualities, { maxLength: 3 }) }, { requiredKeys: ['step', 'weight'] }),
  ),
  fc.tuple(fc.constant('truncateCurves'), run, step),
  fc.tuple(
    fc.constant('annotateStudy'),
    studyId,
    fc.record({ name, notes: name, tags: fc.array(name), archived: fc.boolean() }, { requiredKeys: [] }),
  ),
  fc.tuple(fc.constant('removeStudy'), studyId),
  fc.tuple(fc.constant('removeImageSet'), studyId),
  fc.tuple(fc.constant('putInBin'), fc.record({ kind: binKind, id: studyId, deleted: created })),
  fc.tuple(fc.constant('takeFromBin'), fc.array(fc.record({ kind: binKind, id: studyId }), { maxLength: 2 })),
  fc.tuple(fc.constant('removeRun'), run),
  fc.tuple(
    fc.constant('setSetting'),
    name,
    fc.jsonValue().map((value) => JSON.stringify(value)),
  ),
  fc.tuple(
    fc.constant('setKnownImages'),
    studyId.map((id) => `images of ${id}`),
    name,
  ),
  fc.tuple(fc.constant('setStudyOrigin'), studyId, name),
  fc.tuple(fc.constant('setPrediction'), run, run, name),
  fc.tuple(fc.constant('forgetRun'), run),
  fc.tuple(fc.constant('stopInterrupted')),
  fc.tuple(fc.constantFrom('findImageSet', 'findStudy', 'findRun'), reference),
) as fc.Arbitrary<Operation>;

function outcome(store: Store, [method, ...given]: Operation): unknown {
  try {
    return (store[method] as (...given: unknown[]) => unknown).apply(store, given);
  } catch {
    return 'refused';
  }
}

const contents = (store: Store) => ({
  imageSets: store.imageSets(),
  deleted: [store.bin(), store.deletedStudies(), store.deletedImageSets()],
  studies: store.studies(),
  places: STUDIES.map((id) => store.studyRuns(id)),
  runs: RUNS.map((key) => [
    ...[store.findRun(key), store.latestCheckpoint(key)],
    ...[store.curve(key), store.curveEnd(key), store.evaluations(key)],
  ]),
  answers: RUNS.map((key) => store.answers(key)),
  filters: RUNS.map((key) => [store.snapshots(key), [0, 1, 2, 3, 4, 5].map((at) => store.snapshot(key, at))]),
  layers: RUNS.map((key) => store.layerQualities(key)),
  annotations: STUDIES.map((id) => store.annotation(id)),
  unusedRuns: store.unusedRuns(),
  restored: STUDIES.map((id) => [store.studyOrigin(id), store.knownImages(`images of ${id}`)]),
  predictions: RUNS.map((source) => RUNS.map((own) => store.prediction(source, own))),
  settings: NAMES.map((key) => store.setting(key)),
  checkpoints: store.checkpoints(),
});

test('after any sequence of operations, refused ones included, the store says what a plain model says', () => {
  const folder = temporaryFolder();
  let stores = 0;
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
      const file = join(folder, `${stores++}.sqlite`);
      const model = new ModelStore();
      const store = openStore(file);
      try {
        for (const each of operations) expect(outcome(store, each), String(each[0])).toEqual(outcome(model, each));
        expect(contents(store)).toEqual(contents(model));
      } finally {
        store.close();
      }
      const reopened = openStore(file, { readOnly: true });
      expect(contents(reopened)).toEqual(contents(model));
      reopened.close();
    }),
    { numRuns: 60 },
  );
});
