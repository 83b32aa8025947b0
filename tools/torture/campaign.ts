import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src-main/errors.ts';
import { RandomStream } from '../../src-main/random.ts';
import { OUTCOMES, type Outcome, type Part, type Target, type Verdict } from './part.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Milliseconds after which no further attack begins. Absent: no limit but `attacks`. */
  readonly duration?: number;
  /** Attacks at most. Absent: until the time is over. */
  readonly attacks?: number;
  /** The number of the only attack to make. Its folder is kept. */
  readonly only?: number;
  /** No further attack begins once it is aborted. */
  readonly signal?: AbortSignal;
  readonly onVerdict?: (verdict: Verdict, number: number) => void;
}

interface Failure extends Verdict {
  readonly number: number;
}

export interface CampaignResult {
  readonly part: string;
  readonly seed: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  /** Where the only attack's files are. */
  readonly kept?: string;
}

/** Makes attacks of one part, numbered from 0, until time or number is used up. Each has a random stream and a folder of its own. */
export async function campaign(part: Part, options: CampaignOptions): Promise<CampaignResult> {
  const { seed, duration = Infinity, attacks = Infinity, only, signal, onVerdict } = options;
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `transplant-torture-${part.name}-`));
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const failures: Failure[] = [];
  const target = await part.open(makeFolder(join(folder, 'shared')));
  try {
    const end = only === undefined ? attacks : only + 1;
    const goesOn = () => performance.now() - started < duration && !signal?.aborted;
    for (let number = only ?? 0; number < end && goesOn(); number++) {
      const place = makeFolder(join(folder, `attack-${number}`));
      const verdict = await attack(part, target, { number, seed, folder: place });
      counts[verdict.outcome]++;
      if (verdict.outcome !== 'survived') failures.push({ ...verdict, number });
      onVerdict?.(verdict, number);
      if (only === undefined) rmSync(place, { recursive: true, force: true });
    }
  } finally {
    await target.close();
    if (only === undefined) rmSync(folder, { recursive: true, force: true });
  }
  const seconds = (performance.now() - started) / 1000;
  const kept = only === undefined ? undefined : folder;
  return { part: part.name, seed, counts, failures, seconds, kept };
}

async function attack(
  part: Part,
  target: Target,
  { number, seed, folder }: { number: number; seed: number; folder: string },
): Promise<Verdict> {
  const { promise: late, resolve } = Promise.withResolvers<Verdict>();
  const found = `no verdict within ${part.patience / 1000} seconds`;
  const timer = setTimeout(() => resolve({ outcome: 'hung', attack: `attack ${number}`, found }), part.patience);
  const random = new RandomStream(seed, 'torture', part.name, number);
  // What the attack itself does not foresee is no survival.
  const verdict = target.attack({ number, random, folder }).catch((error: unknown): Verdict => {
    const trace = error instanceof Error ? error.stack : undefined;
    return { outcome: 'misreported', attack: `attack ${number}`, found: trace ?? messageOf(error) };
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** The command that makes the same attack again. */
export const repeatCommand = (part: string, seed: number, number: number): string =>
  `npm run torture -- ${part} --seed ${seed} --only ${number}`;

/** One row for each campaign, then each failure with the command that repeats it. */
export function report(results: readonly CampaignResult[]): string {
  const head = ['part', 'seed', 'tried', ...OUTCOMES, 'seconds'];
  const rows = results.map(({ part, seed, counts, seconds }) => {
    const each = OUTCOMES.map((outcome) => counts[outcome]);
    return [part, seed, each.reduce((sum, count) => sum + count, 0), ...each, Math.round(seconds)].map(String);
  });
  const widths = head.map((name, column) => Math.max(...[head, ...rows].map((row) => row[column].length), name.length));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  const failures = results.flatMap(({ part, seed, failures }) =>
    failures.map(
      ({ number, outcome, attack, found = '' }) =>
        `\n${outcome}: ${attack}\n  ${found.replaceAll('\n', '\n  ')}\n  ${repeatCommand(part, seed, number)}`,
    ),
  );
  return [line(head), ...rows.map(line), ...failures].join('\n');
}
