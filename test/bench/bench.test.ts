import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
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
});
