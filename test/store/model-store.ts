import type { StudyStatus } from '../../src-main/common/run-state.ts';
import type * as records from '../../src-main/store/records.ts';
import type { CurvePoint, EvaluationPoint, HeldOutAnswers } from '../../src-main/common/results/accuracy.ts';

/** What the store promises, in plain lists and maps: slow, forgetful at exit, and short enough to be read as the rules. */
export class ModelStore implements records.Store {
  #sets: records.ImageSetRecord[] = [];
  #studies: records.StudyRecord[] = [];
  #runs = new Map<string, records.RunRecord>();
  #places: records.StudyRunRecord[] = [];
  #checkpoints = new Map<string, records.CheckpointRecord>();
  #curves = new Map<string, Map<number, CurvePoint>>();
  #evaluations = new Map<string, Map<number, EvaluationPoint>>();
  #snapshots = new Map<string, Map<number, records.Snapshot>>();
  #answers = new Map<string, { readonly step: number; readonly answers: HeldOutAnswers }>();
  #settings = new Map<string, string>();
  #knownImages = new Map<string, string>();
  #origins = new Map<string, string>();
  #predictions = new Map<string, string>();
  #annotations = new Map<string, records.Annotation>();
  #bin: records.Binned[] = [];
  #trainedAt = new Map<string, string>();

  addImageSet(record: records.ImageSetRecord): void {
    const at = this.#sets.findIndex(({ id }) => id === record.id);
    if (at < 0) this.#sets.push(record);
    else this.#sets[at] = record;
    this.takeFromBin([{ kind: 'images', id: record.id }]);
  }

  imageSets(): records.ImageSetRecord[] {
    return oldestFirst(this.#sets).filter(({ id }) => !this.#isDeleted('images', id));
  }

  findImageSet(reference: string): records.ImageSetRecord | undefined {
    return find(this.imageSets(), reference);
  }

  removeImageSet(id: string): void {
    this.#sets = this.#sets.filter((set) => set.id !== id);
    this.takeFromBin([{ kind: 'images', id }]);
  }

  #isDeleted(kind: records.BinKind, id: string): boolean {
    return this.#bin.some((one) => one.kind === kind && one.id === id);
  }

  bin(): records.Binned[] {
    const order = ({ deleted, kind, id }: records.Binned) => `${deleted} ${kind} ${id}`;
    return this.#bin.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  deletedStudies(): records.StudyRecord[] {
    return oldestFirst(this.#studies).filter(({ id }) => this.#isDeleted('study', id));
  }

  deletedImageSets(): records.ImageSetRecord[] {
    return oldestFirst(this.#sets).filter(({ id }) => this.#isDeleted('images', id));
  }

  putInBin(binned: records.Binned): void {
    const things: readonly { id: string }[] = binned.kind === 'study' ? this.#studies : this.#sets;
    if (!things.some(({ id }) => id === binned.id)) throw new Error('missing');
    this.takeFromBin([binned]);
    this.#bin.push(binned);
  }

  takeFromBin(things: readonly Omit<records.Binned, 'deleted'>[]): void {
    this.#bin = this.#bin.filter(({ kind, id }) => !things.some((one) => one.kind === kind && one.id === id));
  }

  addStudy(record: records.StudyRecord, runs: Parameters<records.Store['addStudy']>[1]): void {
    const places = [...this.#places];
    for (const { run, place } of runs) {
      const taken = places.find(
        (p) => p.study === record.id && p.replicate === place.replicate && p.name === place.name,
      );
      if (taken && taken.run !== run.key) throw new Error('taken');
      if (!taken) places.push({ study: record.id, run: run.key, ...place });
    }
    if (!this.#studies.some(({ id }) => id === record.id)) this.#studies.push(record);
    for (const { run } of runs) if (!this.#runs.has(run.key)) this.#runs.set(run.key, planned(run));
    this.#places = places;
    this.takeFromBin([{ kind: 'study', id: record.id }]);
  }

  studies(): records.StudyRecord[] {
    return oldestFirst(this.#studies).filter(({ id }) => !this.#isDeleted('study', id));
  }

  findStudy(reference: string): records.StudyRecord | undefined {
    return find(this.studies(), reference);
  }

  stopInterrupted(): void {
    const stopped = <T extends { status: string }>(thing: T): T =>
      thing.status === 'running' ? { ...thing, status: 'stopped' } : thing;
    this.#studies = this.#studies.map(stopped);
    this.#runs = new Map([...this.#runs].map(([key, run]) => [key, stopped(run)]));
  }

  forgetRun(key: string): void {
    const before = this.#runs.get(key);
    this.#checkpoints.delete(key);
    this.#trainedAt.delete(key);
    this.truncateCurves(key, -1);
    if (!before) return;
    const nothing = { correct: null, total: null, loss: null, error: null, finished: null, timing: null };
    this.#runs.set(key, { ...before, ...nothing, status: 'planned', step: 0 });
  }

  finishRun(key: string, finished: records.FinishedRun): records.CheckpointRecord[] | undefined {
    const before = this.#runs.get(key);
    if (!before) throw new Error('missing');
    if (before.status === 'finished') return undefined;
    this.truncateCurves(key, -1);
    this.addCurvePoints(key, finished.curve);
    for (const point of finished.evaluations) this.addEvaluation(key, point);
    for (const snapshot of finished.snapshots) this.addSnapshot(key, snapshot);
    if (finished.answers) this.setAnswers(key, finished.checkpoint.step, finished.answers);
    this.#trainedAt.set(key, finished.place);
    const forgotten = this.addCheckpoint(finished.checkpoint);
    const { step } = finished.checkpoint;
    this.#runs.set(key, { ...before, ...finished.result, status: 'finished', step, error: null });
    return forgotten;
  }

  place(run: string): string | undefined {
    return this.#trainedAt.get(run);
  }

  annotation(study: string): records.Annotation {
    return this.#annotations.get(study) ?? { notes: '', tags: [], archived: false };
  }

  annotateStudy(id: string, { name, ...change }: Parameters<records.Store['annotateStudy']>[1]): void {
    const at = this.#studies.findIndex((study) => study.id === id);
    if (at < 0) throw new Error('missing');
    if (name !== undefined) this.#studies[at] = { ...this.#studies[at], name };
    this.#annotations.set(id, { ...this.annotation(id), ...change });
  }

  removeStudy(id: string): void {
    if (!this.#studies.some((study) => study.id === id)) throw new Error('missing');
    this.#studies = this.#studies.filter((study) => study.id !== id);
    this.#places = this.#places.filter((place) => place.study !== id);
    this.#origins.delete(id);
    this.#annotations.delete(id);
    this.takeFromBin([{ kind: 'study', id }]);
    const about = (set: string) =>
      this.#studies.some(({ protocol }) => (JSON.parse(protocol) as { data: { id: string } }).data.id === set);
    for (const set of [...this.#knownImages.keys()]) if (!about(set)) this.#knownImages.delete(set);
  }

  unusedRuns(): string[] {
    return [...this.#runs.keys()].filter((key) => this.#places.every(({ run }) => run !== key));
  }

  removeRun(key: string): records.CheckpointRecord[] {
    if (!this.unusedRuns().includes(key)) throw new Error('missing or used');
    const checkpoint = this.#checkpoints.get(key);
    this.forgetRun(key);
    this.#runs.delete(key);
    for (const of of [...this.#predictions.keys()]) if (of.split(' ').includes(key)) this.#predictions.delete(of);
    return checkpoint ? [checkpoint] : [];
  }

  updateStudy(id: string, change: { status: StudyStatus; finished?: string; addSeconds?: number }): void {
    const at = this.#studies.findIndex((study) => study.id === id);
    if (at < 0) throw new Error('missing');
    const before = this.#studies[at];
    const ended = change.status === 'finished' || change.status === 'failed';
    this.#studies[at] = {
      ...before,
      status: change.status,
      finished: change.finished ?? (ended ? before.finished : null),
      seconds: before.seconds + (change.addSeconds ?? 0),
    };
  }

  studyRuns(study: string): (records.StudyRunRecord & { record: records.RunRecord })[] {
    return this.#places.filter((p) => p.study === study).map((p) => ({ ...p, record: this.#runs.get(p.run)! }));
  }

  findRun(reference: string): records.RunRecord | undefined {
    const named = [...this.#runs.values()].map((run) => ({ id: run.key, name: undefined, created: '', run }));
    return find(named, reference)?.run;
  }

  updateRun(key: string, change: Partial<records.RunRecord>): void {
    const before = this.#runs.get(key);
    if (!before) throw new Error('missing');
    const after = { ...before, ...change };
    const back = after.status === 'planned' && before.status !== 'planned';
    const early = after.status === 'finished' && !['running', 'finished'].includes(before.status);
    const without = after.status === 'finished' && (after.correct === null || after.total === null);
    const result = (run: records.RunRecord) => JSON.stringify([run.status, run.step, run.correct, run.total, run.loss]);
    const rewritten = before.status === 'finished' && result(before) !== result(after);
    const impossible = after.correct !== null && after.total !== null && after.correct > after.total;
    if (back || early || without || rewritten || impossible) throw new Error('refused');
    this.#runs.set(key, after);
  }

  addCheckpoint(checkpoint: records.CheckpointRecord): records.CheckpointRecord[] {
    this.updateRun(checkpoint.run, { step: checkpoint.step });
    const before = this.#checkpoints.get(checkpoint.run);
    this.#checkpoints.set(checkpoint.run, checkpoint);
    return before && before.file !== checkpoint.file ? [before] : [];
  }

  removeCheckpoint(run: string): records.CheckpointRecord[] {
    const before = this.#checkpoints.get(run);
    this.#checkpoints.delete(run);
    return before ? [before] : [];
  }

  latestCheckpoint(run: string): records.CheckpointRecord | undefined {
    return this.#checkpoints.get(run);
  }

  checkpoints(): records.CheckpointRecord[] {
    return [...this.#checkpoints.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  addCurvePoints(run: string, points: readonly CurvePoint[]): void {
    for (const point of points) put(this.#curves, this.#existing(run), point);
  }

  truncateCurves(run: string, step: number): void {
    for (const points of [this.#curves.get(run), this.#evaluations.get(run), this.#snapshots.get(run)])
      for (const at of [...(points?.keys() ?? [])]) if (at > step) points!.delete(at);
    if ((this.#answers.get(run)?.step ?? step) > step) this.#answers.delete(run);
  }

  curve(run: string): CurvePoint[] {
    return inOrder(this.#curves.get(run));
  }

  curveEnd(run: string): number | undefined {
    return this.curve(run).at(-1)?.step;
  }

  addEvaluation(run: string, point: EvaluationPoint): void {
    put(this.#evaluations, this.#existing(run), point);
  }

  evaluations(run: string): EvaluationPoint[] {
    return inOrder(this.#evaluations.get(run));
  }

  setAnswers(run: string, step: number, answers: HeldOutAnswers): void {
    this.#answers.set(this.#existing(run), { step, answers });
  }

  answers(run: string): HeldOutAnswers | undefined {
    return this.#answers.get(run)?.answers;
  }

  addSnapshot(run: string, snapshot: records.Snapshot): void {
    put(this.#snapshots, this.#existing(run), snapshot);
  }

  snapshots(run: string): { step: number }[] {
    return inOrder(this.#snapshots.get(run)).map(({ step }) => ({ step }));
  }

  snapshot(run: string, step: number): records.Snapshot['weight'] | undefined {
    return this.#snapshots.get(run)?.get(step)?.weight;
  }

  layerQualities(run: string): records.LayersAtStep[] {
    return inOrder(this.#snapshots.get(run)).flatMap(({ step, layers }) => (layers ? [{ step, layers }] : []));
  }

  prediction(source: string, own: string): string | undefined {
    return this.#predictions.get(`${source} ${own}`);
  }

  setPrediction(source: string, own: string, facts: string): void {
    this.#predictions.set(`${this.#existing(source)} ${this.#existing(own)}`, facts);
  }

  knownImages(id: string): string | undefined {
    return this.#knownImages.get(id);
  }

  setKnownImages(id: string, facts: string): void {
    this.#knownImages.set(id, facts);
  }

  studyOrigin(study: string): string | undefined {
    return this.#origins.get(study);
  }

  setStudyOrigin(study: string, facts: string): void {
    if (!this.#studies.some(({ id }) => id === study)) throw new Error('missing');
    this.#origins.set(study, facts);
  }

  /** Of a whole file: test/app/study-file/study-file.test.ts. */
  restoreRuns(): never {
    throw new Error('not in the model');
  }

  setting(key: string): string | undefined {
    return this.#settings.get(key);
  }

  setSetting(key: string, value: string): void {
    this.#settings.set(key, value);
  }

  isInPlace(): boolean {
    return true;
  }

  close(): void {}

  #existing(run: string): string {
    if (!this.#runs.has(run)) throw new Error('missing');
    return run;
  }
}

function planned(run: records.NewRun): records.RunRecord {
  const nothing = { correct: null, total: null, loss: null, error: null, engineVersion: null, threads: null };
  const never = { started: null, finished: null, timing: null };
  return { ...run, status: 'planned', step: 0, seconds: 0, attempts: 0, ...nothing, ...never };
}

function find<T extends { id: string; name?: string }>(things: T[], reference: string): T | undefined {
  const exact = things.find(({ id }) => id === reference) ?? things.findLast(({ name }) => name === reference);
  const starting = things.filter(({ id }) => reference !== '' && id.startsWith(reference));
  if (!exact && starting.length > 1) throw new Error('ambiguous');
  return exact ?? starting[0];
}

const oldestFirst = <T extends { created: string }>(things: readonly T[]): T[] =>
  things.toSorted((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));

function put<T extends { step: number }>(series: Map<string, Map<number, T>>, run: string, point: T): void {
  if (!series.has(run)) series.set(run, new Map());
  series.get(run)!.set(point.step, point);
}

const inOrder = <T extends { step: number }>(points?: ReadonlyMap<number, T>): T[] =>
  [...(points?.values() ?? [])].sort((a, b) => a.step - b.step);
