import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CheckpointFile, TrainerMessage } from '../../engine/trainer/job.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import { type CurveLine, encodeLine, lineOf, readLines, recordedIn } from '../spool/curve.ts';
import { isWhole } from '../spool/hashed-copy.ts';
import type { JobTraining } from '../spool/job-file.ts';
import { attemptFolder, CURVE, MOST_CURVE, MOST_JSON, numbered, RESULT, runFolder, STATE } from '../spool/layout.ts';
import { RESULT_FORMAT, resultSchema, stateSchema, type Place, type Result, type State } from '../spool/result-file.ts';
import { readInside, readJsonInside, writeWhole } from '../spool/safe-files.ts';

/** Milliseconds between states, at least. */
const STATE_EVERY = 2000;

/**
 * One training as this process has it: a folder of its own, `start-<s>`, with an append-only curve and checkpoints, so that two
 * processes that a broken network made of one job don't write into each other's files.
 */
export class Attempt {
  readonly training: JobTraining;
  readonly folder: string;
  /** Where it goes on: the newest whole checkpoint, under a name in this folder. */
  readonly resume: CheckpointFile | undefined;
  readonly #spool: string;
  readonly #name: string;
  readonly #curve: number;
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;
  #last: Extract<CurveLine, { type: 'checkpoint' }> | undefined;
  #evaluation: Extract<CurveLine, { type: 'evaluated' }> | undefined;
  #engine = '';
  #hasAdvanced = false;
  #stateAt = -Infinity;
  #state: Omit<State, 'node' | 'job' | 'elapsed'>;
  readonly #began = performance.now();
  readonly #place: Pick<Place, 'node' | 'job' | 'processor' | 'threads'>;
  /** Trainings of the job, which share the node. */
  readonly #sharers: number;

  /** Begins where the newest whole checkpoint of any process is. */
  static async begin(
    spool: string,
    training: JobTraining,
    place: Pick<Place, 'node' | 'job' | 'processor' | 'threads'>,
    sharers: number,
  ): Promise<Attempt> {
    return new Attempt(spool, training, place, sharers, await newestCheckpoint(spool, training.run));
  }

  private constructor(
    spool: string,
    training: JobTraining,
    place: Pick<Place, 'node' | 'job' | 'processor' | 'threads'>,
    sharers: number,
    found: Found | undefined,
  ) {
    this.training = training;
    this.#spool = spool;
    this.#place = place;
    this.#sharers = sharers;
    const attempt = attemptFolder(spool, training.run, training.attempt);
    this.#name = newStart(attempt);
    this.folder = join(attempt, this.#name);
    this.#curve = openSync(join(this.folder, CURVE), 'wx', OWNER_ONLY.file);
    const step = found?.line.step ?? 0;
    this.#state = { step, loss: null, accuracy: null, learningRate: null, imagesPerSecond: null };
    if (found) {
      for (const line of found.lines) this.#append(line);
      this.#append({ type: 'carried', step, seconds: found.seconds });
      this.#append({ ...found.line, final: false });
      this.#last = found.line;
      const file = join(this.folder, found.line.file);
      giveSecondName(found.file, file);
      this.resume = { file, sha256: found.line.sha256 };
    }
    this.#writeState();
  }

  /** Records what the training says. Throws what keeps the file from being written. */
  record(message: TrainerMessage): void {
    if (message.type === 'progress') {
      const { type: _, ...state } = message;
      this.#state = state;
      if (performance.now() - this.#stateAt >= STATE_EVERY) this.#writeState();
    }
    const line = lineOf(message);
    if (line) this.#append(line);
    if (line?.type === 'started') this.#engine = line.engineVersion;
    else if (line?.type === 'evaluated') this.#evaluation = line;
    else if (line?.type === 'checkpoint') {
      fsyncSync(this.#curve);
      this.#hasAdvanced = true;
      // One is enough, and a checkpoint may have a gigabyte.
      if (this.#last && this.#last.file !== line.file) rmSync(join(this.folder, this.#last.file), { force: true });
      this.#last = line;
      this.#state = { ...this.#state, step: line.step };
    }
  }

  restarted(reason: string, step: number): void {
    this.#append({ type: 'restarted', reason: reason.slice(0, 5000), step });
  }

  /** Whether this process has brought the training any further. */
  get hasAdvanced(): boolean {
    return this.#hasAdvanced;
  }

  /** Writes how the training ended, last of all. One that is there stays: both are the same. */
  finish(outcome: { readonly status: 'finished' } | { readonly status: 'failed'; readonly reason: string }): void {
    this.#writeState();
    fsyncSync(this.#curve);
    const { run, attempt } = this.training;
    const place: Place = { ...this.#place, engine: this.#engine || 'unknown', nodeSeconds: this.#nodeSeconds() };
    const common = { format: RESULT_FORMAT, run, attempt, place } as const;
    const result: Result =
      outcome.status === 'failed'
        ? { ...common, status: 'failed', reason: outcome.reason.slice(0, 5000) }
        : {
            ...common,
            status: 'finished',
            curve: { file: `${this.#name}/${CURVE}`, sha256: this.#hash.copy().digest('hex'), bytes: this.#bytes },
            checkpoint: checkpointOf(this.#name, this.#last!),
            evaluation: evaluationOf(this.#evaluation!),
          };
    writeWhole(resultFile(this.#spool, this.training), JSON.stringify(result), { keep: true });
  }

  close(): void {
    try {
      this.#writeState();
    } catch {
      // It is for display; what kept it from being written is reported already.
    }
    closeSync(this.#curve);
  }

  #append(line: CurveLine): void {
    const bytes = Buffer.from(encodeLine(line));
    for (let done = 0; done < bytes.length;) done += writeSync(this.#curve, bytes, done);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  #writeState(): void {
    this.#stateAt = performance.now();
    const { node, job } = this.#place;
    const elapsed = (performance.now() - this.#began) / 1000;
    const state: State = { ...this.#state, node, job, elapsed };
    writeWhole(join(this.folder, STATE), JSON.stringify(state), { volatile: true });
  }

  /** Seconds of all processes, those of earlier attempts included. */
  #nodeSeconds(): number {
    const states = startsOf(this.#spool, this.training.run).map((folder) =>
      readJsonInside(this.#spool, join(folder, STATE), stateSchema, MOST_JSON),
    );
    return states.reduce((sum, state) => sum + (state?.elapsed ?? 0), 0) / this.#sharers;
  }
}

const checkpointOf = (start: string, { step, file, sha256, bytes }: Extract<CurveLine, { type: 'checkpoint' }>) => ({
  file: `${start}/${file}`,
  step,
  sha256,
  bytes,
});

const evaluationOf = ({ loss, correct, total }: Extract<CurveLine, { type: 'evaluated' }>) => ({
  loss,
  correct,
  total,
});

const resultFile = (spool: string, { run, attempt }: Pick<JobTraining, 'run' | 'attempt'>): string =>
  join(attemptFolder(spool, run, attempt), RESULT);

/** Whether a training has a result: a job that is started again doesn't do what is whole. */
export const hasResult = (spool: string, training: JobTraining): boolean =>
  readJsonInside(spool, resultFile(spool, training), resultSchema, MOST_JSON)?.run === training.run;

/** Makes the next folder that no process has. */
function newStart(attempt: string): string {
  mkdirSync(attempt, { recursive: true, mode: OWNER_ONLY.folder });
  for (let number = (numbered(readdirSync(attempt), 'start').at(-1) ?? 0) + 1; ; number++) {
    const name = `start-${number}`;
    try {
      mkdirSync(join(attempt, name), OWNER_ONLY.folder);
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The folders of all processes that have worked at a run, the newest last. */
function startsOf(spool: string, run: string): string[] {
  const attempts = numbered(namesIn(runFolder(spool, run)), 'attempt').map((k) => attemptFolder(spool, run, k));
  return attempts.flatMap((folder) => numbered(namesIn(folder), 'start').map((s) => join(folder, `start-${s}`)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

interface Found {
  readonly file: string;
  readonly line: Extract<CurveLine, { type: 'checkpoint' }>;
  /** What was recorded up to its step. */
  readonly lines: readonly CurveLine[];
  readonly seconds: ReturnType<typeof recordedIn>['seconds'];
}

/** The newest checkpoint of a run that has the bytes of its hash. */
async function newestCheckpoint(spool: string, run: string): Promise<Found | undefined> {
  const candidates = startsOf(spool, run).flatMap((folder) => {
    const { lines } = readLines(readInside(spool, join(folder, CURVE), MOST_CURVE) ?? Buffer.alloc(0));
    return lines.flatMap((line, position) =>
      line.type === 'checkpoint' ? [{ file: join(folder, line.file), line, lines: lines.slice(0, position) }] : [],
    );
  });
  for (const { file, line, lines } of candidates.sort((a, b) => b.line.step - a.line.step)) {
    const { step, sha256, bytes } = line;
    if (!(await isWhole(spool, file, { sha256, bytes }))) continue;
    const kept = lines.filter(
      (one) => ['point', 'snapshot', 'answers', 'evaluated'].includes(one.type) && 'step' in one && one.step <= step,
    );
    return { file, line, lines: kept, seconds: recordedIn(lines).seconds };
  }
  return undefined;
}

/** Gives a file another name, or copies it where the file system has no second names. */
function giveSecondName(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name);
  }
}
