import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openApplication } from '../../src-main/app/open.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';

const COMMAND = join(import.meta.dirname, '../../src-main/cli/transplant.js');

export interface TransplantStudy {
  /** Top-1 on the held-out images by the name of the training. */
  readonly accuracies: Readonly<Record<string, number>>;
  /** Wall time from the first training's start to the last one's end. */
  readonly trainings: number;
  /** Seconds by part, summed over all trainings, which run side by side; `process`: until it has begun, and its end. */
  readonly parts: Readonly<Record<string, number>>;
}

/** Runs `transplant study run` with these arguments as a person would, and resolves when it has written its report. */
export async function runTransplantStudy(home: string, args: readonly string[]): Promise<TransplantStudy> {
  const child = spawn(process.execPath, [COMMAND, 'study', 'run', '--json', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const accuracies: Record<string, number> = {};
  let study = '';
  let trainings = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as StudyEvent;
    if (event.type === 'study-started') study = event.study;
    else if (event.type === 'run-finished') accuracies[event.name] = event.accuracy;
    else if (event.type === 'run-reused') throw new Error(`${event.name} was trained before: nothing to time`);
    else if (event.type === 'study-finished') trainings = event.seconds;
  }
  const code = await closed;
  if (code !== 0) throw new Error(`transplant study run ended with code ${String(code)}`);
  return { accuracies, trainings, parts: partsOf(home, study) };
}

function partsOf(home: string, study: string): Record<string, number> {
  const application = openApplication({ home, readOnly: true });
  const parts: Record<string, number> = {};
  const add = (part: string, seconds: number) => (parts[part] = (parts[part] ?? 0) + seconds);
  for (const { record } of application.store.studyRuns(study)) {
    let known = 0;
    for (const [part, seconds] of Object.entries(JSON.parse(record.timing!) as Record<string, unknown>)) {
      if (typeof seconds !== 'number') continue;
      add(part, seconds);
      known += seconds;
    }
    add('process', record.seconds - known);
  }
  application.close();
  return parts;
}
