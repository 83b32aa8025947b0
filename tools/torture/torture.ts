import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaign, report, type CampaignResult } from './campaign.ts';
import { PARTS } from './parts.ts';

/**
 * `npm run torture`: attacks that must lose nothing, let nothing in and be told truly, by chance but from a seed. It works on
 * homes and folders of its own, in the system's folder for temporary files, and removes them.
 *
 *     npm run torture -- [PART ...|all] --seed N --minutes M
 *     npm run torture -- memory --minutes 60
 *
 *     --seed n       another seed, other attacks; 1 unless it is said
 *     --minutes m    for all parts together; 10 unless it or --attacks is said
 *     --attacks k    of each part, at most
 *     --only i       attack i alone, which is the same for the same seed; its files are kept
 *
 * Ctrl-C ends it after the attack that is under way, with the table of those that were made.
 * The table says of each part how many attacks were tried, survived, lost something, hung and were misreported (part.ts);
 * below it stands each failure with the command that repeats it. The exit code is 1 if there is any. `memory` is no attack: it
 * says how the memory of main and of a page on Live grows while networks are trained (memory.ts).
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    attacks: { type: 'string' },
    only: { type: 'string' },
  },
});

if (positionals[0] === 'memory') {
  await printMemory(Number(values.minutes ?? 60));
  process.exit();
}
const names = positionals.length === 0 || positionals.includes('all') ? PARTS.map(({ name }) => name) : positionals;
const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined) {
  const list = PARTS.map(({ name, about }) => `  ${name.padEnd(8)}${about}`).join('\n');
  fail(`There is no part "${unknown}"; parts are all, or some of\n${list}`);
}
const seed = wholeNumber('seed')!;
const only = wholeNumber('only');
const attacks = wholeNumber('attacks');
const minutes = values.minutes === undefined ? (attacks === undefined ? 10 : undefined) : Number(values.minutes);
if (minutes !== undefined && !(minutes > 0)) fail('--minutes must be a number above 0.');
if (only !== undefined && names.length !== 1) fail('--only needs one part.');

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const results: CampaignResult[] = [];
for (const name of names) {
  const part = PARTS.find((one) => one.name === name)!;
  let tried = 0;
  let failed = 0;
  const result = await campaign(part, {
    seed,
    duration: minutes === undefined || only !== undefined ? undefined : (minutes * 60_000) / names.length,
    attacks,
    only,
    signal: interrupted.signal,
    onVerdict: ({ outcome, attack, found }, number) => {
      tried++;
      if (outcome !== 'survived') failed++;
      if (only !== undefined) console.error(`${name} ${number}: ${attack}\n${outcome}${found ? `: ${found}` : ''}`);
      else if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${tried} tried, ${failed} failed`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (result.kept !== undefined) console.error(`Its files: ${result.kept}`);
  results.push(result);
}
console.log(report(results));
process.exitCode = results.some(({ failures }) => failures.length > 0) ? 1 : 0;

async function printMemory(minutes: number): Promise<void> {
  if (positionals.length > 1 || !(minutes >= 1)) fail('memory stands alone, and --minutes must be 1 or more.');
  // What drives a browser is loaded by nobody else.
  const { slopes, watchMemory } = await import('./memory.ts');
  const home = mkdtempSync(join(tmpdir(), 'transplant-torture-memory-'));
  try {
    const request = { preset: 'quick', data: 'dead-leaves' } as const;
    // A sixth for what is loaded and kept from then on.
    console.log(slopes(await watchMemory({ home, minutes, request }), minutes / 6));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function wholeNumber(name: 'seed' | 'attacks' | 'only'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) fail(`--${name} must be a whole number.`);
  return Number(text);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
