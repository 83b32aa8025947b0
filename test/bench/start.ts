import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openApplication } from '../../src-main/app/open.ts';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { runTrainings } from '../../src-main/engine/trainer/supervisor.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { simulateSet } from './simulated-set.ts';
import { columns, shown, spreadOf, type Spread } from './spread.ts';

/** What there is to wait for before anything is trained or shown, in seconds. */
export interface StartResult {
  readonly help: Spread;
  /** From the start of a training's process to its first step. */
  readonly training: Spread;
  /** The part of it in which images are opened and the network is compiled. */
  readonly load: Spread;
  /** `study run --preset smoke` in a new home, images, 17 trainings and report. */
  readonly smoke: Spread;
  /** The report of a study of the 37 trainings of a quick one; null with --quick. */
  readonly report: Spread | null;
  /** From `transplant serve` to the first paint in a browser that is open; null with --quick. */
  readonly window: Spread | null;
}

/** Seconds that each may take. */
const LIMITS: Readonly<Record<keyof StartResult, number | null>> = {
  help: 0.3,
  training: 0.5,
  load: null,
  smoke: 10,
  report: 3,
  window: 1.5,
};
const TITLES: Readonly<Record<keyof StartResult, string>> = {
  help: 'transplant --help',
  training: 'a training until its first step',
  load: '  of that: images, weights, compilation',
  smoke: 'a smoke study with its images and report',
  report: 'the report of a quick study',
  window: 'the window until its first paint',
};
const NETWORK = 'alexnet-32-small';
const COMMAND = join(import.meta.dirname, '../../src-main/cli/transplant.js');

export async function benchStart({ quick }: { quick: boolean }): Promise<StartResult> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const times = quick ? 3 : 9;
    const help = await repeat(times, () => transplant('--help'));
    const starts = await repeat(times, (time) => trainingStart(folder, time));
    const smoke = await repeat(quick ? 1 : 3, (time) =>
      transplant('study', 'run', '--preset', 'smoke', '--data', 'dead-leaves', '--home', join(folder, `smoke-${time}`)),
    );
    return {
      help: spreadOf(help),
      training: spreadOf(starts.map(({ all }) => all)),
      load: spreadOf(starts.map(({ load }) => load)),
      smoke: spreadOf(smoke),
      report: quick ? null : spreadOf(await reports(join(folder, 'quick'))),
      window: quick ? null : spreadOf(await paints(join(folder, 'quick'))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function startTable(result: StartResult): string {
  const rows = (Object.keys(TITLES) as (keyof StartResult)[]).flatMap((what) => {
    const seconds = result[what];
    const limit = LIMITS[what];
    return seconds ? [[TITLES[what], `${shown(seconds, 2)} s`, limit === null ? '' : `at most ${limit} s`]] : [];
  });
  return ['What there is to wait for: median (min to max)', ...columns(rows)].join('\n');
}

/** Once to fill caches of files and of compiled code; that one doesn't count. */
async function repeat<T>(times: number, once: (time: number) => T | Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let time = 0; time <= times; time++) all.push(await once(time));
  return all.slice(1);
}

/** Seconds of a command; throws where it fails. */
function transplant(...args: string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`transplant ${args.join(' ')} ended with code ${status}: ${stderr}`);
  return (performance.now() - began) / 1000;
}

/** Seconds of the start of a training of one step, and of its part within the process. */
async function trainingStart(folder: string, time: number): Promise<{ all: number; load: number }> {
  const imageSet = join(folder, 'set');
  const classes = Array.from({ length: 10 }, (_, label) => `class ${label}`);
  if (time === 0) simulateSet(imageSet, { images: 2500, classes: 10, size: 32, sparse: false });
  const job: TrainingJob = {
    ...{ run: 'run', imageSet, classes, selectionSeed: 1, network: BUILT_IN_NETWORKS.get(NETWORK)!, steps: 1 },
    ...{ seed: 'seed', batchSeed: 'batches', frozen: 0, engine: 'onnx', threads: 1, checkpointEvery: 60 },
    ...{ checkpoints: join(folder, `checkpoints-${time}`), evaluations: 1, snapshots: 2 },
  };
  const began = performance.now();
  let [all, load] = [0, 0];
  const onMessage = (_: string, message: TrainerMessage) => {
    if (message.type === 'started') all = (performance.now() - began) / 1000;
    if (message.type === 'finished') load = message.seconds.load;
  };
  await runTrainings([job], { signal: new AbortController().signal, onMessage, onEnd: () => {} });
  return { all, load };
}

async function reports(home: string): Promise<number[]> {
  // Accuracies don't matter, the number of networks and filters does.
  const few = ['--epochs', '1', '--images-per-class', '10'];
  transplant('study', 'run', '--preset', 'quick', '--data', 'dead-leaves', ...few, '--home', home);
  const application = openApplication({ home, readOnly: true });
  const [{ id }] = application.store.studies();
  application.close();
  return repeat(3, () => transplant('study', 'report', id, '--out', join(home, 'report'), '--home', home));
}

async function paints(home: string): Promise<number[]> {
  const [{ openChromium }, { bundle }] = await Promise.all([import('../chromium.ts'), import('../e2e/bundle.ts')]);
  bundle();
  const browser = await openChromium();
  try {
    return await repeat(3, async () => {
      const page = await (await browser.newContext()).newPage();
      const began = performance.now();
      const served = spawn(process.execPath, [COMMAND, 'serve', '--json', '--port', '0', '--home', home], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => served.once('close', resolve));
      try {
        const line = await createInterface({ input: served.stdout })[Symbol.asyncIterator]().next();
        const { url } = JSON.parse(line.value as string) as { url: string };
        const opened = performance.now();
        await page.goto(url);
        const paint = await page.evaluate(
          () =>
            new Promise<number>((resolve) => {
              new PerformanceObserver((entries) => resolve(entries.getEntries()[0].startTime)).observe({
                type: 'paint',
                buffered: true,
              });
            }),
        );
        return (opened - began + paint) / 1000;
      } finally {
        served.kill();
        await ended;
        await page.close();
      }
    });
  } finally {
    await browser.close();
  }
}
