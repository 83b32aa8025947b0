import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executable } from '../../src-main/process/executable.ts';
import { tinyNetwork } from '../study/tiny-study.ts';
import { type RealSlurm, startSlurm, whyNoSlurm } from './slurm.ts';

interface Line {
  readonly type: string;
  readonly [key: string]: unknown;
}

describe.skipIf(whyNoSlurm !== undefined)('a study on a cluster from the command line', { timeout: 240_000 }, () => {
  let slurm: RealSlurm;
  const folder = mkdtempSync(join(tmpdir(), 'transplant-command-line-'));
  const network = join(folder, 'tiny.json');
  const STUDY = ['study', 'run', '--preset', 'smoke', '--network', network, '--split', 'random:4', '--layers', '1'];
  const SMALL = [...STUDY, '--treatments', 'AnB', '--yes', '--json'];
  beforeAll(async () => {
    slurm = await startSlurm();
    // Seconds, so that what is done to it finds it at work.
    writeFileSync(network, JSON.stringify({ ...tinyNetwork, training: { ...tinyNetwork.training, epochs: 500 } }));
  });
  afterAll(async () => {
    await slurm.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The command line in a home of its own, whose cluster "lab" has a spool beside it. */
  function machine(name: string) {
    const [home, spool] = [join(folder, name), join(folder, `${name}-spool`)];
    const { node, entry } = executable('transplant');
    const transplant = (
      words: readonly string[],
      onLine: (line: Line, kill: (signal: NodeJS.Signals) => void) => void = () => {},
    ) => {
      const child = spawn(node, [entry, ...words, '--home', home], { env: slurm.environment });
      const lines: Line[] = [];
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{')) return;
        lines.push(JSON.parse(line) as Line);
        onLine(lines.at(-1)!, (signal) => child.kill(signal));
      });
      return new Promise<{ code: number | null; lines: Line[]; stderr: string }>((resolve) =>
        child.on('close', (code) => resolve({ code, lines, stderr })),
      );
    };
    const add = (...words: string[]) => transplant(['cluster', 'add', 'lab', '--spool', spool, ...words]);
    /** SHA-256 of the weights of each run. */
    const weights = () =>
      Object.fromEntries(
        globSync('*/*', { cwd: join(home, 'checkpoints') }).map((file) => [
          file,
          createHash('sha256')
            .update(readFileSync(join(home, 'checkpoints', file)))
            .digest('hex'),
        ]),
      );
    const results = () => globSync(join(spool, 'runs/*/attempt-*/result.json')).length;
    return { home, spool, transplant, add, weights, results };
  }
  const isAtWork = ({ type, message }: Line) =>
    type === 'run-message' && ['point', 'progress'].includes((message as { type: string }).type);
  const queueIsEmpty = () => slurm.run('squeue', '--noheader').trim() === '';
  const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);

  it('that refuses its jobs is told in one sentence, and nothing is left behind', async () => {
    const { home, spool, transplant, add } = machine('refused');
    await add('--partition', 'nowhere');
    expect(await transplant([...SMALL, '--cluster', 'lab'])).toMatchObject({
      code: 1,
      lines: [{ type: 'error' }],
      stderr: expect.stringMatching(
        /^The cluster lab takes no jobs as it is described; Slurm says "[^\n]*invalid partition specified: nowhere[^\n]*"\.\n$/,
      ) as string,
    });
    expect((await transplant(['study', 'list', '--json'])).lines).toEqual([]);
    expect(existsSync(spool)).toBe(false);
    for (const name of ['data', 'checkpoints'])
      expect(existsSync(join(home, name)) ? readdirSync(join(home, name)) : []).toEqual([]);
    expect(queueIsEmpty()).toBe(true);
  });

  it('goes on while this machine is off, and is taken in by "study resume"', async () => {
    const [here, there] = [machine('whole'), machine('killed')];
    await here.transplant(SMALL);
    await there.add();
    let study = '';
    const killed = await there.transplant([...SMALL, '--cluster', 'lab'], (line, kill) => {
      study ||= String(line.study ?? '');
      if (isAtWork(line)) kill('SIGKILL');
    });
    expect(killed.code).toBeNull();
    await slurm.waitFor('both bases end without main', () => there.results() === 2 && queueIsEmpty());
    const resumed = await there.transplant(['study', 'resume', study, '--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    // The bases were whole: they are taken, and not trained again.
    expect(new Set(ofType(resumed.lines, 'run-started').map(({ name }) => name))).toEqual(new Set(['A1B']));
    expect(
      ofType(resumed.lines, 'run-finished')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['A1B', 'baseA', 'baseB']);
    expect(there.weights()).toEqual(here.weights());
    const { code } = await there.transplant(['study', 'report', study, '--out', join(folder, 'report')]);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'report', 'report.html'), 'utf8')).toMatch(/Node-hours<\/dt>\s*<dd>0\.\d\d/);
  });

  it('takes back on Ctrl-C what waits, and goes on from the checkpoint of what ran', async () => {
    const [here, there] = [machine('whole'), machine('stopped')];
    await there.add('--at-once', '1');
    let study = '';
    const stopped = await there.transplant([...SMALL, '--cluster', 'lab'], (line, kill) => {
      study ||= String(line.study ?? '');
      if (isAtWork(line)) kill('SIGINT');
    });
    expect(stopped.code).toBe(130);
    await slurm.waitFor('the queue is empty', queueIsEmpty);
    expect(globSync(join(there.spool, 'runs/*/attempt-1/start-*'))).toHaveLength(1);
    expect(globSync(join(there.spool, 'runs/*/attempt-1/start-1/step-*.safetensors'))).toHaveLength(1);
    expect(there.results()).toBe(0);
    const resumed = await there.transplant(['study', 'resume', study, '--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    const curves = globSync(join(there.spool, 'runs/*/attempt-2/start-1/curve.jsonl')).map((file) =>
      readFileSync(file, 'utf8'),
    );
    expect(curves.filter((curve) => /"type":"carried","step":[1-9]/.test(curve))).toHaveLength(1);
    expect(there.weights()).toEqual(here.weights());
    // Without the cluster there is nowhere to go on but here.
    await there.transplant(['cluster', 'remove', 'lab']);
    expect(await there.transplant(['study', 'resume', study])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^There is no cluster "lab" \(none is known\): [^\n]*--cluster here[^\n]*\n$/,
      ) as string,
    });
    expect((await there.transplant(['study', 'resume', study, '--cluster', 'here'])).code).toBe(0);
  });
});
