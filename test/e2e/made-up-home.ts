import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyStatus } from '../../src-main/common/run-state.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { writePackedSet } from '../../src-main/data/packed/write.ts';
import { RandomStream } from '../../src-main/random.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { type PlannedRun, planStudy, runsToStore, studyId } from '../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import type { ReportedRun } from '../../src-main/study/analysis/study-report.ts';
import { parentOf, treatmentName } from '../../src-main/common/treatments/treatments.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

export interface MadeUp {
  readonly name: string;
  readonly replicates: number;
  readonly layers?: number[];
  /** Studies with the same training seed share their networks. */
  readonly trainingSeed: number;
  readonly status?: StudyStatus;
  /** How each network ended; absent: finished. `planned`: it was never started. */
  readonly end?: (run: { name: string; replicate: number }) => 'finished' | 'failed' | 'planned';
  /** Points that every network, or this one, is better by. */
  readonly better?: number | ((run: { name: string; replicate: number }) => number);
  readonly changes?: Partial<Protocol>;
}

/** A home folder with a small image set and studies that nobody ran, written through the real store. Returns their ids. */
export async function madeUpHome(studies: readonly MadeUp[]): Promise<{ home: string; ids: string[] }> {
  const home = mkdtempSync(join(tmpdir(), 'transplant-made-up-'));
  mkdirSync(join(home, 'data'));
  mkdirSync(join(home, 'checkpoints'));
  const store = openStore(join(home, 'transplant.sqlite'));
  const index = await addImages(home, store);
  const ids = studies.map((study, place) => addStudy(store, index, study, place));
  store.close();
  return { home, ids };
}

const SIZE = 36;
const CLASSES = Array.from({ length: 8 }, (_, label) => `shape ${label + 1}`);

async function addImages(home: string, store: Store): Promise<ImageSetIndex> {
  const { index, folder } = await writePackedSet(
    join(home, 'data'),
    {
      name: 'shapes',
      size: SIZE,
      classes: CLASSES,
      groups: {},
      source: 'test',
      heldOut: { kind: 'given' },
      rejects: [],
    },
    noise(),
  );
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  store.addImageSet({
    id: index.id,
    name: index.name,
    size: index.size,
    classes: index.classes.length,
    trainImages: total(index.trainCounts),
    heldOutImages: total(index.heldOutCounts),
    folder: folder.split('/').at(-1)!,
    source: index.source,
    created: '2026-11-20T08:00:00.000Z',
  });
  return index;
}

function* noise() {
  const stream = new RandomStream(3, 'made-up images');
  for (let label = 0; label < CLASSES.length; label++)
    for (let number = 0; number < 6; number++) {
      const pixels = Uint8Array.from({ length: 3 * SIZE * SIZE }, () => Math.floor(256 * stream.uniform()));
      yield { pixels, label, heldOut: number >= 4 };
    }
}

function addStudy(store: Store, index: ImageSetIndex, made: MadeUp, place: number): string {
  const report = madeUpStudy({ replicates: made.replicates, layers: made.layers, classes: CLASSES });
  const protocol: Protocol = {
    ...report.protocol,
    name: made.name,
    data: { id: index.id, name: index.name },
    replicates: report.protocol.replicates.map((one) => ({ ...one, trainingSeed: made.trainingSeed })),
    ...made.changes,
  };
  const { runs } = planStudy(protocol, index);
  const id = studyId(protocol);
  const status = made.status ?? 'finished';
  const created = `2026-11-20T${String(10 + place).padStart(2, '0')}:00:00.000Z`;
  store.addStudy(
    { id, name: made.name, protocol: JSON.stringify(protocol), status: 'running', created, finished: null, seconds: 0 },
    runsToStore(runs),
  );
  for (const run of runs) {
    // A treatment that the paper doesn't have is made up after the one that it varies.
    const like = treatmentName({ ...run.treatment, kind: parentOf(run.treatment.kind) });
    const reported = report.runs.find(({ name, replicate }) => name === like && replicate === run.replicate);
    endRun(store, run, reported, made);
  }
  store.updateStudy(id, { status, finished: status === 'finished' ? '2026-11-21T09:00:00.000Z' : undefined });
  return id;
}

function endRun(store: Store, run: PlannedRun, reported: ReportedRun | undefined, made: MadeUp): void {
  const end = made.end?.(run) ?? 'finished';
  if (end === 'planned') return;
  store.updateRun(run.key, { status: 'running', started: '2026-11-20T12:00:00.000Z' });
  if (end === 'failed') {
    store.updateRun(run.key, {
      status: 'failed',
      error: 'The loss is not a number at step 412; lower the learning rate.',
    });
    return;
  }
  // What the made-up study has failed or skipped counts as a middling result here.
  const better = typeof made.better === 'function' ? made.better(run) : (made.better ?? 0);
  const correct = Math.round((reported?.correct ?? 500) + 10 * better);
  store.addCurvePoints(run.key, reported?.curve ?? []);
  for (const point of reported?.evaluations ?? []) store.addEvaluation(run.key, point);
  store.updateRun(run.key, {
    status: 'finished',
    step: run.steps,
    correct,
    total: 1000,
    loss: reported?.loss ?? 2,
    // The more layers are frozen, the less there is to do.
    seconds: run.identity.frozen === 0 ? 75.5 : 75.5 - 8 * run.identity.frozen,
    finished: '2026-11-20T13:00:00.000Z',
    threads: 1,
    engineVersion: 'onnxruntime-node 1.30.0, CPU',
  });
}
