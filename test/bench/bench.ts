import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BUILT_IN_NETWORKS } from '../../src-main/network/alexnet.ts';
import { python, torchIsThere } from './contestant.ts';
import { stepTable } from './step-table.ts';
import { benchStep } from './step.ts';

/**
 * `npm run bench`: how fast Transplant is, against PyTorch where that is installed (TRANSPLANT_BENCH_PYTHON names the
 * Python to look in). Parts can be named; without a name all that compare are run.
 *
 *     npm run bench -- step      one training step and one evaluation of each network (step.ts)
 *     npm run bench -- window    the window while every core trains (window.ts); only when named
 *
 * --quick: fewer and shorter blocks. --json: one JSON object instead of tables. --networks alexnet-64,alexnet-32: these.
 */
const NETWORKS = ['alexnet-32-small', 'alexnet-32', 'alexnet-64'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, networks: { type: 'string' } },
});
const { quick = false, json = false } = values;
const unknown = positionals.find((part) => !['step', 'window'].includes(part));
if (unknown !== undefined) throw new Error(`there is no part "${unknown}"`);
const wanted = (part: string) => positionals.length === 0 || positionals.includes(part);
const noted = new Set<string>();
function note(text: string): void {
  if (!noted.has(text)) console.error(text);
  noted.add(text);
}

if (positionals.includes('window')) {
  const { benchWindow } = await import('./window.ts');
  await benchWindow();
}
const torch = torchIsThere();
if (!torch) note(`PyTorch was not found by ${python()}: no comparison.`);
const print = (table: string) => json || console.log(table);
print(`${cpus()[0].model}, ${availableParallelism()} cores\n`);

const networks = (values.networks?.split(',') ?? NETWORKS).map((name) => {
  const spec = BUILT_IN_NETWORKS.get(name);
  if (!spec) throw new Error(`there is no network "${name}"`);
  return spec;
});
const result: Record<string, unknown> = {};
if (wanted('step')) {
  const steps = await benchStep({
    networks,
    ...(quick ? { blocks: 3, seconds: 0.4 } : { blocks: 9, seconds: 1 }),
    onNote: note,
  });
  result.networks = steps;
  print(stepTable(steps));
}
if (json) console.log(JSON.stringify(result));
