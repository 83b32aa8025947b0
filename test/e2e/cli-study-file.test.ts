import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src-main/store/open.ts';
import { madeUpHome } from './made-up-home.ts';

const program = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;

function transplant(home: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words, '--home', home], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('a study goes from one home to another as a file, on the command line', async () => {
  const { home, ids } = await madeUpHome([{ name: 'A study', replicates: 2, trainingSeed: 1 }]);
  // A file is checked: curves that go on after the last step of a training are refused.
  const store = openStore(join(home, 'transplant.sqlite'));
  for (const { run, record } of store.studyRuns(ids[0])) store.truncateCurves(run, record.steps);
  store.close();
  const elsewhere = mkdtempSync(join(tmpdir(), 'transplant-elsewhere-'));
  const file = join(elsewhere, 'shapes.transplant');

  const packed = transplant(home, 'study', 'pack', ids[0].slice(0, 6), '--out', file, '--checkpoints', 'none');
  expect(packed).toMatchObject({ status: 0, stderr: '' });
  expect(packed.stdout).toContain(`Study ${ids[0]} "A study" is in ${file}`);

  const there = join(elsewhere, 'home');
  const unpacked = transplant(there, 'study', 'unpack', file);
  expect(unpacked).toMatchObject({ status: 0, stderr: '' });
  expect(unpacked.stdout).toContain(`Study ${ids[0]} "A study" is here now`);
  expect(transplant(there, 'study', 'show', ids[0]).stdout).toBe(transplant(home, 'study', 'show', ids[0]).stdout);
  expect(transplant(there, 'study', 'unpack', file).stdout).toContain('is here already: nothing was changed.');
});

it('a spoilt file gets one sentence, and nothing of it stays', async () => {
  const { home, ids } = await madeUpHome([{ name: 'A study', replicates: 1, trainingSeed: 1 }]);
  const elsewhere = mkdtempSync(join(tmpdir(), 'transplant-elsewhere-'));
  const file = join(elsewhere, 'shapes.transplant');
  transplant(home, 'study', 'pack', ids[0], '--out', file, '--checkpoints', 'none');
  writeFileSync(file, readFileSync(file).subarray(0, -100));

  const there = join(elsewhere, 'home');
  const { status, stdout, stderr } = transplant(there, 'study', 'unpack', file);
  expect(status).not.toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^[^\n]*shapes\.transplant[^\n]*\n$/);
  expect(JSON.parse(transplant(there, 'study', 'list', '--json').stdout || '[]')).toEqual([]);
  expect(readdirSync(there)).not.toContain('restoring');
});
