import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openApplication } from '../../src-main/app/open.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import type { TimedTraining } from './torch-study.ts';

const COMMAND = join(import.meta.dirname, '../../src-main/cli/transplant.js');

export interface TransplantStudy {
  /** By name. A group's seconds are shared among its trainings. */
  readonly trainings: Readonly<Record<string, TimedTraining>>;
  /** Wall time from the first training's start to the last one's end. */
  readonly seconds: number;
  /** Where that time went on all cores, in seconds of one core. */
  readonly parts: Readonly<Record<string, number>>;
}

/** Runs `transplant study run` with these arguments as a person would, and resolves when it has written its report. */
export async function runTransplantStudy(home: string, args: readonly string[]): Promise<TransplantStudy> {
  const child = spawn(process.execPath, [COMMAND, 'study', 'run', '--json', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const processes = new ProcessCount(child.pid!);
  let study = '';
  let seconds = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as StudyEvent;
      if (event.type === 'study-started') {
        study = event.study;
        processes.begin();
      } else if (event.type === 'run-reused') throw new Error(`${event.name} was trained before: nothing to time`);
      else if (event.type === 'study-finished') {
        seconds = event.seconds;
        processes.end();
      }
    }
  } finally {
    processes.end();
  }
  const code = await closed;
  if (code !== 0) throw new Error(`transplant study run ended with code ${String(code)}`);
  const { trainings, parts } = storedSeconds(home, study);
  return { trainings, seconds, parts: { ...parts, ...rest(parts, seconds, processes) } };
}

/** What of all cores' time the trainings do not say is theirs. */
function rest(
  parts: Readonly<Record<string, number>>,
  seconds: number,
  processes: ProcessCount,
): Record<string, number> {
  const known = Object.values(parts).reduce((sum, part) => sum + part, 0);
  const all = availableParallelism() * seconds;
  if (processes.seconds === 0) return { 'processes without a training, idle': all - known };
  const { untilLast } = processes;
  const idle = all - processes.seconds;
  return {
    'processes without a training': processes.seconds - known,
    'idle, nothing ready': Math.min(idle, untilLast),
    'idle, nothing left': Math.max(0, idle - untilLast),
  };
}

function storedSeconds(home: string, study: string) {
  const application = openApplication({ home, readOnly: true });
  const parts: Record<string, number> = {};
  const trainings: Record<string, TimedTraining> = {};
  for (const { name, record } of application.store.studyRuns(study)) {
    const timing = JSON.parse(record.timing!) as Record<string, number>;
    for (const [part, seconds] of Object.entries(timing)) parts[part] = (parts[part] ?? 0) + seconds;
    const steps = timing.images + timing.prefix + timing.train;
    trainings[name] = { accuracy: record.correct! / record.total!, steps, all: record.seconds };
  }
  application.close();
  return { trainings, parts };
}

/** Milliseconds between counts. */
const COUNT_EVERY = 10;

/** Counts the training processes of a command all the time, on Linux; elsewhere there are none. */
class ProcessCount {
  /** Seconds of all of them together. */
  seconds = 0;
  /** Seconds that cores had no process, until the last one began. */
  untilLast = 0;
  readonly #parent: number;
  readonly #seen = new Set<string>();
  #idle = 0;
  #counted = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parent: number) {
    this.#parent = parent;
  }

  begin(): void {
    if (process.platform !== 'linux') return;
    this.#counted = performance.now();
    this.#timer = setInterval(() => this.#count(), COUNT_EVERY);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #count(): void {
    const now = performance.now();
    const elapsed = (now - this.#counted) / 1000;
    this.#counted = now;
    const children = read(`/proc/${this.#parent}/task/${this.#parent}/children`).split(' ').filter(Boolean);
    const training = children.filter(
      (pid) => this.#seen.has(pid) || /trainer.child/.test(read(`/proc/${pid}/cmdline`)),
    );
    this.seconds += elapsed * training.length;
    this.#idle += elapsed * Math.max(0, availableParallelism() - training.length);
    if (training.some((pid) => !this.#seen.has(pid))) this.untilLast = this.#idle;
    for (const pid of training) this.#seen.add(pid);
  }
}

/** Empty once the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
