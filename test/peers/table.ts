import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { python } from '../bench/contestant.ts';
import { largestDifference, stepsOf, type Peer } from './peer.ts';

/**
 * `TRANSPLANT_BENCH_PYTHON=python node test/peers/table.ts [FAMILY...]`: steps of families of networks (families.py) here and
 * in PyTorch, every value of every tensor compared. The error of a tensor is the largest difference of a value, by the largest
 * change that the steps made to one of the tensor's; a family's is that of its worst tensor. Beside it stands PyTorch's own
 * error in float32, against the same steps in float64.
 *
 *     --batch n    of so many images, instead of each family's own number; 16 for kernels on blocked images
 *     --cuts       prints where the network can be cut; * marks stages
 *     --write      keeps some of PyTorch's values for peers.test.ts
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    cuts: { type: 'boolean', default: false },
    batch: { type: 'string', default: '0' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'transplant-peers-'));
console.log('| family | parameters | cuts | error | worst tensor | PyTorch itself | Transplant to float64 |');
console.log('|---|--:|--:|--:|---|--:|--:|');
try {
  const script = join(import.meta.dirname, 'torch_peer.py');
  const families = execFileSync(python(), [script, folder, options.batch, ...positionals], { encoding: 'utf8' });
  for (const family of families.trim().split('\n')) {
    await compare(family);
    const file = `${family}.json`;
    if (options.write) copyFileSync(join(folder, file), join(import.meta.dirname, 'fixtures', file));
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(family: string): Promise<void> {
  const peer = JSON.parse(readFileSync(join(folder, `${family}.json`), 'utf8')) as Peer;
  const { tensors } = decodeSafetensors(readFileSync(join(folder, `${family}.safetensors`)));
  const { network, before, after } = await stepsOf(peer);
  const rows = network.parameters.map(({ name }) => {
    const [ours, theirs, exact] = [after.get(name)!.data, tensors.get(name)!.data, tensors.get(`${name}/exact`)!.data];
    const change = largestDifference(exact, before.get(name)!.data);
    return {
      name,
      error: largestDifference(ours, theirs) / change,
      theirs: largestDifference(theirs, exact) / change,
      ours: largestDifference(ours, exact) / change,
    };
  });
  const names = new Set(rows.map(({ name }) => name));
  const missing = [...tensors.keys()].filter((name) => !names.has(name.replace(/\/exact$/, '')));
  if (missing.length > 0) throw new Error(`${family} has no ${missing.join(', ')}`);
  const worst = rows.reduce((worst, row) => (row.error > worst.error || Number.isNaN(row.error) ? row : worst));
  const size = network.parameters.reduce((sum, { size }) => sum + size, 0);
  const most = (of: 'theirs' | 'ours') => Math.max(...rows.map((row) => row[of])).toExponential(1);
  const cells = [
    family,
    size,
    network.cuts.length,
    worst.error.toExponential(1),
    worst.name,
    most('theirs'),
    most('ours'),
  ];
  console.log(`| ${cells.join(' | ')} |`);
  if (options.cuts)
    console.log(network.cuts.map(({ n, name, level }) => `${n} ${name}${level === 'stage' ? ' *' : ''}`).join(', '));
}
