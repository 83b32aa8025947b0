import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyNetwork } from '../network/tiny-network.ts';
import { giveFilters } from './made-up-history.ts';
import { madeUpHome } from './made-up-home.ts';
import { giveWeights } from './made-up-weights.ts';

const program = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;

describe('filters on the command line', { timeout: 300_000 }, () => {
  const cwd = mkdtempSync(join(tmpdir(), 'transplant-filters-'));
  let home: string, whole: string, spoilt: string;

  beforeAll(async () => {
    const study = { replicates: 1, layers: [1], changes: { network: tinyNetwork } };
    const made = await madeUpHome([
      { ...study, name: 'whole', trainingSeed: 1 },
      { ...study, name: 'spoilt', trainingSeed: 2 },
    ]);
    home = made.home;
    [whole, spoilt] = made.ids.map((id) => id.slice(0, 6));
    giveFilters(home, made.ids[0], (name, { data }) => {
      if (name === 'baseB') data.fill(0, 0, data.length / 4);
    });
    await giveWeights(home, made.ids[1], 'baseA', (weights) => weights.get('conv1.weight')!.data.fill(NaN, 0, 3));
    await giveWeights(home, made.ids[1], 'baseB');
  });

  const transplant = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words, '--home', home], {
      ...{ cwd, encoding: 'utf8' },
    });
    return { status, stdout, stderr };
  };
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('of two networks are matched one to one, with how general they are', () => {
    const { stdout, ...rest } = transplant('filters', `${whole}/baseA`, '--match', `${whole}/baseB`);
    expect(rest).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Generality -?0\.\d\d: 0 means no more similar than to untrained filters, 1 means the same filters\.$/m,
    );
    const pairs = lines(transplant('filters', `${whole}/baseA`, '--match', `${whole}/baseB`, '--json').stdout);
    const count = pairs.length - 1;
    expect(new Set(pairs.slice(0, -1).map(({ matched }) => matched)).size).toBe(count);
    expect(pairs.at(-1)).toMatchObject({ type: 'filter-generality', draws: 5 });
    // With itself.
    const same = lines(transplant('filters', `${whole}/baseA`, '--match', `${whole}/baseA`, '--json').stdout);
    expect(same.at(-1)!.generality).toBeCloseTo(1, 6);
    expect(same.slice(0, -1).every(({ filter, matched }) => filter === matched)).toBe(true);
  });

  it('that are zero are said to be, in words and in JSON', () => {
    expect(transplant('filters', `${whole}/baseB`, '--fit').stdout).toMatch(
      /^1 of the \d+ filters is zero everywhere/m,
    );
    const [first, second] = lines(transplant('filters', `${whole}/baseB`, '--fit', '--json').stdout);
    expect(first).toMatchObject({ type: 'filter-fit', filter: 1, class: 'dead', oddity: 'zero' });
    expect(second).not.toHaveProperty('oddity');
  });

  it('that are no numbers cost one sentence, and the report everything but themselves', () => {
    const refusal = {
      ...{ status: 1, stdout: '' },
      stderr: expect.stringMatching(/^The checkpoint .* conv1\.weight has weights that are not numbers\. Delete it/),
    };
    expect(transplant('filters', `${spoilt}/baseA`, '--fit')).toEqual(refusal);
    expect(transplant('filters', `${spoilt}/baseA`, '--out', 'baseA.png')).toEqual(refusal);
    expect(transplant('filters', `${spoilt}/baseB`, '--match', `${spoilt}/baseA`)).toEqual(refusal);
    expect(readdirSync(cwd)).toEqual([]);
    expect(transplant('study', 'report', spoilt, '--out', 'report')).toMatchObject({ status: 0, stderr: '' });
    const page = readFileSync(join(cwd, 'report', 'report.html'), 'utf8');
    expect(page).toContain('The filters of baseA, replicate 1 are not here: its checkpoint is missing or damaged.');
    expect(page).toContain('baseB, replicate 1');
  });
});
