import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Application } from '../../src-main/app/application.ts';
import { writeCheckpoint, writeCheckpointInBackground, type Checkpoint } from '../../src-main/store/checkpoints.ts';
import { removeCheckpointFiles } from '../../src-main/store/cleanup.ts';
import type { Store } from '../../src-main/store/records.ts';

/** Trainings of one study, and what each is told to store, one entry a step. */
const RUNS = 3;
const STEPS = 8;
/** Entries of a whole ledger. */
export const ENTRIES = RUNS * (STEPS + 2);

const keyOf = (run: number): string => createHash('sha256').update(`ledger ${run}`).digest('hex');

const CREATED = '2026-01-01T00:00:00.000Z';

function contentOf(run: number, step: number): Checkpoint {
  const data = Float32Array.from({ length: 3000 }, (_, i) => run + step / 10 + i / 1000);
  return { weights: new Map([['conv1.weight', { shape: [3000], data }]]), momentum: new Map(), metadata: {} };
}

/**
 * Stores what trainings report, as study/run/train-group.ts does, without the trainings: the same entries each time, from the
 * first that is not stored. `note` is called with the number of each once it is promised to last.
 */
export async function ledger(
  { home, store }: Pick<Application, 'home' | 'store'>,
  upTo: number,
  note: (line: string) => void,
): Promise<void> {
  for (let entry = storedEntries(store); entry < upTo; entry++) {
    await makeEntry(entry, home, store);
    note(`${entry + 1}`);
  }
}

/** Entry by entry: a study and its runs are begun with the first, each run has its steps, and is then finished. */
async function makeEntry(entry: number, home: string, store: Store): Promise<void> {
  const run = Math.floor(entry / (STEPS + 2));
  const step = entry % (STEPS + 2);
  const key = keyOf(run);
  if (entry === 0) begin(store);
  if (step === 0) return store.updateRun(key, { status: 'running', attempts: 1, started: CREATED });
  if (store.findRun(key)!.status === 'stopped') store.updateRun(key, { status: 'running' });
  if (step === STEPS + 1)
    return store.updateRun(key, { status: 'finished', correct: 8, total: 10, loss: 0.5, finished: CREATED });
  // What a training reports between two checkpoints is reported again where the second is not stored.
  store.truncateCurves(key, step - 1);
  store.addCurvePoints(key, [{ step, loss: 1 / step, accuracy: step / 10, learningRate: 0.01 }]);
  store.addEvaluation(key, { step, loss: 1 / step, correct: step, total: 10 });
  store.addSnapshot(key, { step, weight: { shape: [4], data: new Float32Array(4).fill(step) } });
  const folder = join(home, 'checkpoints', key);
  const write = step % 3 === 0 ? writeCheckpointInBackground : writeCheckpoint;
  const { sha256, bytes } = await write(folder, step, contentOf(run, step));
  const file = `checkpoints/${key}/step-${step}.safetensors`;
  removeCheckpointFiles(home, store.addCheckpoint({ run: key, step, file, sha256, bytes, final: step === STEPS }));
}

function begin(store: Store): void {
  const runs = Array.from({ length: RUNS }, (_, run) => ({
    run: { key: keyOf(run), identity: `{"ledger":${run}}`, seed: 'seed', steps: STEPS },
    place: { replicate: 0, name: `A${run}B`, kind: 'transfer', n: run, target: 'B' as const },
  }));
  const study = { id: 'ledger', name: 'ledger', protocol: '{"data":{"id":"none"}}', status: 'running' as const };
  store.addStudy({ ...study, created: CREATED, finished: null, seconds: 0 }, runs);
}

/** How many entries a store has. */
export function storedEntries(store: Store): number {
  for (let run = 0; run < RUNS; run++) {
    const record = store.findRun(keyOf(run));
    const begun = run * (STEPS + 2);
    if (record === undefined || record.status === 'planned') return begun;
    if (record.status !== 'finished') return begun + 1 + record.step;
  }
  return ENTRIES;
}

/** Everything that a whole ledger says, to be compared. Statuses differ by how often it was interrupted. */
export function ledgerContent(store: Store): string {
  const runs = store
    .studyRuns('ledger')
    .map(({ run, name, record }) => [
      ...[run, name, record.status, record.correct, record.step, store.latestCheckpoint(run)],
      ...[
        store.curve(run),
        store.evaluations(run),
        store.snapshots(run).map(({ step }) => [step, [...store.snapshot(run, step)!.data]]),
      ],
    ]);
  return JSON.stringify(runs);
}
