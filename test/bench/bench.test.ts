import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { softwareAdapter } from '../engine/software-adapter.ts';
import type { CardStep } from './card.ts';
import { torchIsThere } from './contestant.ts';
import type { NetworkResult } from './step.ts';
import type { StudyResult } from './study.ts';

const MINUTES = 60_000;

function bench(args: string[], python?: string) {
  const script = new URL('bench.ts', import.meta.url).pathname;
  const env = { ...process.env, ...(python && { TRANSPLANT_BENCH_PYTHON: python }) };
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, '--networks', 'tiny', ...args], {
    encoding: 'utf8',
    env,
  });
  return { stdout, stderr, status };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Result = { networks: { tiny: NetworkResult }; study: StudyResult };
const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
const TREATMENTS = ['base', 'selffer', 'selffer+', 'transfer', 'transfer+', 'random'];

describe('npm run bench', () => {
  it(
    'says where there is no PyTorch, and prints the rest as one JSON object',
    () => {
      const { stdout, stderr } = bench(['--json'], '/nowhere/python3');
      expect(stderr).toContain('PyTorch was not found by /nowhere/python3: no comparison.');
      const { networks, study } = JSON.parse(stdout) as Result;
      expect(networks.tiny).toMatchObject({
        stepRatioToTorch: null,
        evaluationRatioToTorch: null,
        shareOfPeak: spread,
        torchShareOfPeak: null,
      });
      expect(networks.tiny.settings[0]).toMatchObject({ step: spread, evaluation: spread });
      expect(study).toMatchObject({ ratioToTorch: null, seconds: spread, trainings: 7 });
      expect(study.treatments.map(({ treatment }) => treatment)).toEqual(TREATMENTS);
      expect(Object.keys(study.parts)).toEqual(expect.arrayContaining(['load', 'train', 'evaluate', 'checkpoint']));
    },
    5 * MINUTES,
  );

  it.skipIf(!torchIsThere())(
    'compares steps, evaluations and a study with PyTorch',
    () => {
      const { networks, study } = JSON.parse(bench(['--json']).stdout) as Result;
      expect(networks.tiny).toMatchObject({
        stepRatioToTorch: spread,
        evaluationRatioToTorch: spread,
        shareOfPeak: spread,
        torchShareOfPeak: spread,
      });
      expect(study).toMatchObject({ ratioToTorch: spread, torchSeconds: spread });
      expect(study.torch).toMatch(/^PyTorch \d/);
      for (const { torch } of study.treatments) {
        expect(torch!.accuracy.mean).toBeGreaterThanOrEqual(0);
        expect(torch!.accuracy.mean).toBeLessThanOrEqual(1);
        expect(torch!.imagesPerSecond).toBeGreaterThan(0);
      }
    },
    5 * MINUTES,
  );

  it.skipIf(process.platform === 'win32')(
    'goes on where one network can’t be timed, and has stored by then what it knows',
    () => {
      const [out, python] = [join(folder, 'run.json'), join(folder, 'python3')];
      // Has PyTorch, which breaks down on one network and says of all others that it can't be used.
      const script = [
        '#!/bin/sh',
        'case "$2" in',
        'import*) exit 0 ;;',
        '*/tiny.*) exit 1 ;;',
        `*) cp '${out}' '${out}.before' ; echo '{"missing":"Not today."}' ;;`,
        'esac',
      ];
      writeFileSync(python, script.join('\n'), { mode: 0o755 });
      const args = ['step', '--networks', 'tiny,alexnet-32-small', '--blocks', '2', '--json', '--out', out];
      const { stdout, stderr, status } = bench(args, python);
      const sentence = 'The network "tiny" could not be timed: a process of torch, ';
      expect(stderr).toMatch(new RegExp(`^${sentence}.*ended without an answer\\.$`, 'm'));
      const result = JSON.parse(stdout) as Result;
      expect(result).toMatchObject({ failed: [expect.stringContaining(sentence)] });
      expect(result).not.toHaveProperty('networks.tiny');
      expect(result).toHaveProperty('networks.alexnet-32-small.settings.0.step.blocks', [
        expect.any(Number),
        expect.any(Number),
      ]);
      expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(result);
      const before = JSON.parse(readFileSync(`${out}.before`, 'utf8')) as Result;
      expect(before).toMatchObject({ failed: [expect.stringContaining(sentence)] });
      expect(before).not.toHaveProperty('networks');
      expect(status).toBe(1);
    },
    5 * MINUTES,
  );

  it.skipIf(!softwareAdapter())(
    'says what a step’s graph has on a graphics card, or on what does its work',
    () => {
      const { card } = JSON.parse(bench(['card', '--json']).stdout) as { card: Record<string, CardStep> };
      expect(card.tiny).toMatchObject({ processor: 0, copies: 0, out: { '/loss': 4, '/correct': 4 } });
    },
    5 * MINUTES,
  );

  it(
    'runs a study whose treatments come from a pretrained file, and trains baseB alone from scratch',
    () => {
      const { stdout } = bench(['study', '--source', '--json'], '/nowhere/python3');
      const { study } = JSON.parse(stdout) as Result;
      expect(study).toMatchObject({ source: true, trainings: 3, seconds: spread });
      expect(study.treatments.map(({ treatment }) => treatment)).toEqual(['base', 'transfer', 'transfer+']);
    },
    5 * MINUTES,
  );

  it('does not take a part or a network that it does not have', () => {
    expect(bench(['stp'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('no part "stp"') });
    expect(bench(['--networks', 'lenet'])).toMatchObject({ status: 2, stdout: '' });
    const graph = bench(['study', '--source', '--json', '--networks', 'resnet-32'], '/nowhere/python3');
    expect(graph).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('not resnet-32') });
  });

  it.each(['0', '1.5'])('does not take %s for a number of blocks', (blocks) => {
    const stderr = expect.stringContaining(`--blocks takes a whole number above 0, not "${blocks}".`);
    expect(bench(['step', '--blocks', blocks])).toMatchObject({ status: 2, stderr });
  });
});
