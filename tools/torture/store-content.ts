import { UserError } from '../../src-main/errors.ts';
import { NO_HASH } from '../../src-main/store/tables/runs.ts';
import type { Store } from '../../src-main/store/records.ts';

const RUNS = Array.from({ length: 6 }, (_, run) => `k${run}`);
const WHEN = '2026-11-01T12:00:00.000Z';

/** Fills a store with some of everything. */
export function fillStore(store: Store): void {
  store.addImageSet({
    ...{ id: 'i1', name: 'birds', size: 32, classes: 20, trainImages: 1000, heldOutImages: 200 },
    ...{ folder: 'i1', source: '/photos', created: WHEN },
  });
  store.addImageSet({
    ...{ id: 'i3', name: 'fish', size: 32, classes: 2, trainImages: 10, heldOutImages: 2 },
    ...{ folder: 'i3', source: '/fish', created: WHEN },
  });
  store.putInBin({ kind: 'images', id: 'i3', deleted: WHEN });
  const places = RUNS.map((key, n) => ({
    run: { key, identity: JSON.stringify({ key, classes: [1, 2, 3] }), seed: `seed ${n}`, steps: 100 },
    place: { replicate: 0, name: `A${n}B`, kind: 'transfer', n, target: 'B' as const },
  }));
  const study = { id: 's1', name: 'first', protocol: '{"data":{"id":"i1"}}', status: 'running' as const };
  store.addStudy({ ...study, created: WHEN, finished: null, seconds: 0 }, places);
  for (const [number, key] of RUNS.entries()) {
    store.updateRun(key, { status: 'running', threads: 2, started: WHEN });
    store.addCurvePoints(
      key,
      Array.from({ length: 40 }, (_, i) => ({ step: i, loss: 1 / (i + number), accuracy: i / 41, learningRate: 0.01 })),
    );
    store.addEvaluation(key, { step: 100, loss: 0.25, correct: 80 + number, total: 100 });
    store.setAnswers(key, 100, { labels: Uint16Array.of(0, 1, 2), answers: Uint16Array.of(number, 1, 2) });
    store.addSnapshot(key, { step: 0, weight: { shape: [4, 3, 3, 3], data: new Float32Array(108).fill(number) } });
    const file = `checkpoints/${key}/step-100.safetensors`;
    store.addCheckpoint({ run: key, step: 100, file, sha256: 'ab'.repeat(32), bytes: 5, final: true });
    store.updateRun(key, { status: 'finished', correct: 80 + number, total: 100, loss: 0.25, finished: WHEN });
  }
  store.updateStudy('s1', { status: 'finished', finished: WHEN, addSeconds: 12 });
  store.setPrediction('k0', 'k1', '{"version":1}');
  store.setKnownImages('i2', '{"id":"i2"}');
  store.setStudyOrigin('s1', '{"machine":{}}');
  store.annotateStudy('s1', { name: 'renamed', notes: 'a note', tags: ['birds'] });
  store.setSetting('theme', '"dark"');
}

const answersOf = (store: Store, key: string) => Object.values(store.answers(key) ?? {}).map((of) => [...of]);

/** Everything that the store says. Throws a UserError for a checkpoint that it says is damaged. */
export function contentOf(store: Store): string {
  if (store.checkpoints().some(({ sha256 }) => sha256 === NO_HASH)) throw new UserError('A checkpoint is damaged.');
  return JSON.stringify([
    ...[
      store.bin(),
      store.deletedImageSets(),
      store.imageSets(),
      store.studies(),
      store.studyRuns('s1'),
      store.checkpoints(),
      store.unusedRuns(),
    ],
    RUNS.map((key) => [
      ...[store.findRun(key), store.latestCheckpoint(key), store.curve(key), store.evaluations(key)],
      answersOf(store, key),
      store.snapshots(key).map(({ step }) => [step, [...(store.snapshot(key, step)?.data ?? [])]]),
    ]),
    ...[
      store.prediction('k0', 'k1'),
      store.knownImages('i2'),
      store.studyOrigin('s1'),
      store.annotation('s1'),
      store.setting('theme'),
    ],
  ]);
}
