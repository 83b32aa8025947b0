import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly strategy: {
    readonly matrix: { readonly include: readonly { readonly runner: string; readonly chromium: string }[] };
  };
  readonly steps: readonly Step[];
}
const { jobs } = parse(read('.github/workflows/ci.yml'), { strict: true }) as { jobs: Record<string, Job> };
const steps = Object.values(jobs).flatMap((job) => job.steps);
const runs = steps.flatMap(({ run }) => run ?? []);

describe('CI on the public forge', () => {
  it('runs the script of every other place, and then the package, on three platforms', () => {
    expect(runs).toContain('bash .ci/run');
    expect(runs).toContain('npm run package');
    expect(runs).toContain('npm run audit');
    const runners = Object.values(jobs).flatMap(({ strategy }) => strategy.matrix.include.map(({ runner }) => runner));
    for (const platform of ['ubuntu', 'macos', 'windows'])
      expect(runners.filter((runner) => runner.startsWith(platform))).toHaveLength(1);
  });

  it('names only scripts that there are', () => {
    const named = runs.flatMap((run) => [...run.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, name]) => name));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('takes others’ actions at one version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((action) => !/^actions\/[\w-]+@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });
});

it('a report of a fault has what the doctor says', () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: ROOT });
  expect(forms).toHaveLength(1);
  const { body } = parse(read(forms[0]), { strict: true }) as {
    body: { attributes: { description: string }; validations?: { required?: boolean } }[];
  };
  const doctor = body.find(({ attributes }) => attributes.description.includes('npx transplant doctor'));
  expect(doctor?.validations?.required).toBe(true);
});
