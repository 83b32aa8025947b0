import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { type CurveLine, readLines, recordedIn, type Recorded } from './spool/curve.ts';
import { copyHashed, Damaged } from './spool/hashed-copy.ts';
import { attemptFolder, CURVE, MOST_CURVE, MOST_JSON, numbered, RESULT, runFolder, STATE } from './spool/layout.ts';
import { type Result, resultSchema, type State, stateSchema } from './spool/result-file.ts';
import { isInside, makeSpoolFolder, readInside, readJsonInside } from './spool/safe-files.ts';

/** What is found in a spool of one training. Whatever is read was written by somebody else. */

export type FinishedResult = Extract<Result, { status: 'finished' }>;

export const attemptsOf = (spool: string, run: string): number[] => numbered(namesIn(runFolder(spool, run)), 'attempt');

/** The result of an attempt; undefined where there is none, or where it is torn or another run's. */
export function resultOf(spool: string, run: string, attempt: number): Result | undefined {
  const file = join(attemptFolder(spool, run, attempt), RESULT);
  const result = readJsonInside(spool, file, resultSchema, MOST_JSON);
  return result?.run === run && result.attempt === attempt ? result : undefined;
}

/**
 * Copies the weights of a result into a folder and reads its curve, both held to their hashes. Throws Damaged where they are not
 * what the result says.
 */
export async function takeResult(spool: string, result: FinishedResult, folder: string): Promise<TakenResult> {
  const attempt = attemptFolder(spool, result.run, result.attempt);
  const content = readInside(spool, join(attempt, result.curve.file), MOST_CURVE);
  if (!content || createHash('sha256').update(content).digest('hex') !== result.curve.sha256)
    throw new Damaged(`the curve of ${result.run} has other bytes than its hash says`);
  const { lines, bytes } = readLines(content);
  if (bytes !== content.length) throw new Damaged(`the curve of ${result.run} can't be read`);
  makeSpoolFolder(folder);
  const { step } = result.checkpoint;
  const file = join(folder, `step-${step}.safetensors`);
  try {
    await copyHashed(join(attempt, result.checkpoint.file), result.checkpoint, file, spool);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') throw new Damaged(`the weights of ${result.run} are missing`);
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new UserError(`There is no space for a checkpoint in ${folder}: free some, then resume the study.`);
    throw error;
  }
  return { result, recorded: recordedIn(lines), checkpoint: { ...result.checkpoint, file } };
}

export interface TakenResult {
  readonly result: FinishedResult;
  readonly recorded: Recorded;
  readonly checkpoint: {
    readonly file: string;
    readonly step: number;
    readonly sha256: string;
    readonly bytes: number;
  };
}

/** Deletes the weights that a taken run has in the spool; what was said of it stays. */
export function removeWeights(spool: string, run: string): void {
  for (const attempt of attemptsOf(spool, run))
    for (const start of numbered(namesIn(attemptFolder(spool, run, attempt)), 'start')) {
      const folder = join(attemptFolder(spool, run, attempt), `start-${start}`);
      const files = namesIn(folder).filter((name) => name.endsWith('.safetensors'));
      // Never through a link, behind which nothing is ours.
      for (const file of files.map((name) => join(folder, name)))
        if (isInside(spool, file)) rmSync(file, { force: true });
    }
}

/** Follows an attempt while it is under way. */
export class AttemptReader {
  readonly #spool: string;
  readonly #folder: string;
  #start = 0;
  #offset = 0;
  #state = '';

  constructor(spool: string, run: string, attempt: number) {
    this.#spool = spool;
    this.#folder = attemptFolder(spool, run, attempt);
  }

  /** Processes that have begun. */
  get starts(): number {
    return this.#start;
  }

  /** Looks what is there. Where nothing is new, that costs one list of a folder and the times of two files. */
  look(): Look {
    const names = namesIn(this.#folder);
    const hasResult = names.includes(RESULT);
    const newest = numbered(names, 'start').at(-1) ?? 0;
    if (newest === 0) return { hasResult };
    const isAnother = newest !== this.#start;
    if (isAnother) [this.#start, this.#offset, this.#state] = [newest, 0, ''];
    const folder = join(this.#folder, `start-${newest}`);
    const lines = this.#newLines(join(folder, CURVE));
    const state = this.#newState(join(folder, STATE));
    return isAnother || lines.length > 0 || state ? { hasResult, news: { lines, state } } : { hasResult };
  }

  #newLines(file: string): readonly CurveLine[] {
    if ((statusOf(file)?.size ?? 0) <= this.#offset) return [];
    const content = readInside(this.#spool, file, MOST_CURVE, this.#offset) ?? Buffer.alloc(0);
    const { lines, bytes } = readLines(content);
    this.#offset += bytes;
    return lines;
  }

  #newState(file: string): State | undefined {
    const status = statusOf(file);
    // Each is a file of its own, whose clock may be another than that of the one before.
    const stamp = status ? `${status.ino} ${status.mtimeMs} ${status.size}` : '';
    if (stamp === this.#state) return undefined;
    this.#state = stamp;
    return readJsonInside(this.#spool, file, stateSchema, MOST_JSON);
  }
}

export interface Look {
  readonly hasResult: boolean;
  /** What is new since the last look: lines of the curve, and where the training stands, unless that is as it was. */
  readonly news?: { readonly lines: readonly CurveLine[]; readonly state: State | undefined };
}

const statusOf = (file: string) => lstatSync(file, { throwIfNoEntry: false });

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
