import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILT_IN_NETWORKS } from '../../src-main/network/alexnet.ts';

/**
 * `npm run bench`: images/s of one training step, the onnx engine against PyTorch where it is installed, each with one
 * process on all cores and with one process a core. Blocks of steps alternate between the contestants, so that a noisy
 * machine is noisy for all; ratios are taken block by block between the best settings.
 *
 * --quick: fewer, shorter blocks. --json: one JSON object. TRANSPLANT_BENCH_PYTHON names the Python to look for torch in.
 */
const NETWORK = 'alexnet-32-small';
const BATCH = 128;
const CLASSES = 50;
const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
const blocks = quick ? 3 : 9;
const steps = quick ? 8 : 20;
const here = import.meta.dirname;

interface Contestant {
  readonly label: string;
  readonly side: 'onnx' | 'torch';
  readonly version: string;
  /** Runs one block on every process of the contestant at once; resolves to images/s of all together. */
  block(): Promise<number>;
  end(): void;
}

async function contestant(side: 'onnx' | 'torch', command: string[], processes: number): Promise<Contestant> {
  const threads = Math.max(1, Math.floor(availableParallelism() / processes));
  const [program, ...args] = [...command, specFile, String(threads), String(blocks), String(steps)];
  const children = Array.from({ length: processes }, () => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  const ready = await Promise.all(children.map(async ({ lines }) => (await lines.next()).value as string));
  return {
    label: `${side}, ${processes} x ${threads} thread${threads > 1 ? 's' : ''}`,
    side,
    version: ready[0].replace('ready ', ''),
    async block() {
      const speeds = children.map(async ({ child, lines }) => {
        child.stdin.write('\n');
        return (JSON.parse((await lines.next()).value as string) as { imagesPerSecond: number }).imagesPerSecond;
      });
      return (await Promise.all(speeds)).reduce((sum, speed) => sum + speed, 0);
    },
    end: () => children.forEach(({ child }: { child: ChildProcess }) => child.kill()),
  };
}

const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
const summary = (values: number[]) => ({
  median: sorted(values)[Math.floor(values.length / 2)],
  min: Math.min(...values),
  max: Math.max(...values),
});
const shown = ({ median, min, max }: ReturnType<typeof summary>, digits: number) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
const specFile = join(folder, 'network.json');
const spec = BUILT_IN_NETWORKS.get(NETWORK)!;
writeFileSync(
  specFile,
  JSON.stringify({ ...spec, training: { ...spec.training, batchSize: BATCH }, classes: CLASSES }),
);
const python = process.env.TRANSPLANT_BENCH_PYTHON ?? '/usr/bin/python3';
const torch = spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;

const cores = availableParallelism();
const settings = cores > 1 ? [1, cores] : [1];
const contestants: Contestant[] = [];
try {
  for (const processes of settings) {
    contestants.push(await contestant('onnx', [process.execPath, join(here, 'onnx-step.ts')], processes));
    if (torch) contestants.push(await contestant('torch', [python, join(here, 'torch_step.py')], processes));
  }
  const speeds = new Map(contestants.map((one) => [one, [] as number[]]));
  for (let block = 0; block < blocks; block++) for (const one of contestants) speeds.get(one)!.push(await one.block());

  const best = (side: string) =>
    contestants
      .filter((one) => one.side === side)
      .reduce((a, b) => (summary(speeds.get(a)!).median >= summary(speeds.get(b)!).median ? a : b));
  const ratio = torch
    ? summary(speeds.get(best('onnx'))!.map((speed, block) => speed / speeds.get(best('torch'))![block]))
    : undefined;
  if (json) {
    const stepSpeed = Object.fromEntries(contestants.map((one) => [one.label, summary(speeds.get(one)!)]));
    console.log(
      JSON.stringify({ networks: { [NETWORK]: { imagesPerSecond: stepSpeed, stepRatioToTorch: ratio ?? null } } }),
    );
  } else {
    console.log(
      `One training step of ${NETWORK}, batch ${BATCH}: images/s, median (min to max) of ${blocks} blocks of ${steps} steps.`,
    );
    console.log(
      `${cpus()[0].model}, ${cores} cores. ${[...new Set(contestants.map((one) => one.version))].join('; ')}.\n`,
    );
    for (const one of contestants) console.log(`  ${one.label.padEnd(24)} ${shown(summary(speeds.get(one)!), 0)}`);
    if (ratio) console.log(`\n  onnx / torch, best setting of each: ${shown(ratio, 2)}`);
    else console.log(`\n  PyTorch was not found by ${python}: no comparison.`);
  }
} finally {
  for (const one of contestants) one.end();
  rmSync(folder, { recursive: true });
}
