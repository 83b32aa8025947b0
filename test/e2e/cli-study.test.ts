import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'transplant-study-'));

/**
 * Few steps of tens of milliseconds: a training takes about a second, and a signal at its first step finds it at work. Few
 * filters in the first layer, because a report fits each of them at each of its steps.
 */
const network = join(folder, 'tiny.json');
writeFileSync(
  network,
  JSON.stringify({
    name: 'tiny',
    inputSize: 16,
    layers: [
      { type: 'conv', name: 'conv1', filters: 8, kernel: 5, pad: 2 },
      { type: 'relu' },
      { type: 'conv', name: 'conv2', filters: 128, kernel: 5, pad: 2 },
      { type: 'relu' },
      { type: 'pool', kernel: 2, stride: 2 },
      { type: 'dropout' },
      { type: 'dense', name: 'fc3' },
    ],
    training: {
      batchSize: 40,
      epochs: 10,
      learningRate: 0.01,
      momentum: 0.9,
      weightDecay: 0.0005,
      schedule: { kind: 'cosine' },
      warmUp: 0,
      cropPadding: 2,
      mirror: true,
    },
  }),
);
const STUDY = ['study', 'run', '--preset', 'smoke', '--network', network, '--split', 'random:4'];
const SMALL = [...STUDY, '--layers', '1', '--treatments', 'AnB'];

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; `onLine` sees each line of standard output as it comes, and may signal. */
function transplant(
  words: readonly string[],
  onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ending> {
  const child = spawn(process.execPath, [TRANSPLANT, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    written.stdout += `${line}\n`;
    onLine(line, (signal) => child.kill(signal));
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...written })));
}

interface Line {
  readonly type: string;
  readonly [key: string]: unknown;
}
/** Throws where a line is anything but JSON. */
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type);

/** SHA-256 of every checkpoint that a home folder keeps, by run. */
function checkpoints(home: string): Record<string, string[]> {
  const root = join(home, 'checkpoints');
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(
    readdirSync(root).map((run) => [run, readdirSync(join(root, run)).map((file) => hash(join(root, run, file)))]),
  );
}

// Seven commands with a dozen processes: seconds on a quiet machine, minutes on one that is busy with other things.
describe('a study from the command line', { timeout: 240_000 }, () => {
  const whole = join(folder, 'whole');
  const broken = join(folder, 'broken');

  it('ends with the same bytes whether or not Ctrl-C interrupted it, and writes only JSON lines with --json', async () => {
    const uninterrupted = await transplant([...SMALL, '--home', whole, '--json']);
    expect(uninterrupted).toMatchObject({ code: 0, stderr: '' });
    const lines = jsonLines(uninterrupted.stdout);
    expect(ofType(lines, 'run-finished').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['baseA', 'baseB', 'A1B']),
    );
    expect(lines.at(-1)).toMatchObject({ type: 'report' });

    let signalled = false;
    const interrupted = await transplant([...SMALL, '--home', broken, '--json'], (line, kill) => {
      const { message } = JSON.parse(line) as { message?: { type: string } };
      if (signalled || (message?.type !== 'progress' && message?.type !== 'point')) return;
      signalled = true;
      kill('SIGINT');
    });
    expect(interrupted.code).toBe(130);
    const [stopped] = ofType(jsonLines(interrupted.stdout), 'study-stopped');
    const resume = `study resume ${String(stopped.study)} --home ${broken}`;
    expect(interrupted.stderr).toBe(
      `Stopping after the current step ...\nStopped. Go on with: npx transplant ${resume}\n`,
    );

    const resumed = await transplant([...resume.split(' '), '--workers', '1', '--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    const starts = ofType(jsonLines(resumed.stdout), 'run-started').map(({ fromStep }) => Number(fromStep));
    expect(Math.max(...starts)).toBeGreaterThan(0);
    // The advice names a price, and no two trainings take the same time.
    const figures = (all: typeof lines) => ofType(all, 'result').map(({ advice: _, ...others }) => others);
    expect(figures(jsonLines(resumed.stdout))).toEqual(figures(lines));
    expect(checkpoints(broken)).toEqual(checkpoints(whole));
  });

  it('survives a pulled plug: killed in the middle, it is resumed from its store to the same bytes', async () => {
    const plugged = join(folder, 'plugged');
    let study = '';
    const killed = await transplant([...SMALL, '--home', plugged, '--json'], (line, kill) => {
      const event = JSON.parse(line) as { type: string; study?: string; name?: string };
      study ||= event.study ?? '';
      if (event.type === 'run-started' && event.name === 'A1B') kill('SIGKILL');
    });
    expect(killed.code).toBeNull();
    const resumed = await transplant(['study', 'resume', study, '--home', plugged, '--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(checkpoints(plugged)).toEqual(checkpoints(whole));
  });

  it('is listed and shown, trains nothing twice, and its filters can be drawn', async () => {
    const again = await transplant([...SMALL, '--home', whole, '--out', join(folder, 'report')]);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/baseA: \d+\.\d%, trained before\n/);
    expect(again.stderr).not.toContain('started');
    expect(again.stdout).toMatch(/\nn +baseB +AnB +baseA\n/);
    expect(again.stdout).toContain(`Report: ${join(folder, 'report')}`);
    expect(readdirSync(join(folder, 'report')).length).toBeGreaterThan(0);

    const list = await transplant(['study', 'list', '--home', whole, '--json']);
    const [study, ...others] = jsonLines(list.stdout);
    expect(others).toEqual([]);
    const show = await transplant(['study', 'show', String(study.id).slice(0, 6), '--home', whole]);
    expect(show.stdout).toMatch(/^Study \w+ "dead-leaves, tiny, smoke": finished, 3 of 3 trainings done/);
    expect(show.stdout).toMatch(
      /\nWhat these networks say about the paper’s statements\nNot (tested|enough runs): The first layers are general\. [A-Z]/,
    );

    const picture = join(folder, 'baseA.png');
    const filters = await transplant(['filters', `${String(study.id)}/baseA`, '--out', picture, '--home', whole]);
    expect(filters).toEqual({ code: 0, stdout: `Filters: ${picture}\n`, stderr: '' });
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG');

    const fit = await transplant(['filters', `${String(study.id)}/baseA`, '--fit', '--json', '--home', whole]);
    const kinds = Map.groupBy(jsonLines(fit.stdout), ({ type }) => type);
    expect(kinds.get('filter-fit')).toHaveLength(8);
    expect(kinds.get('filter-shares')!.at(0)).toMatchObject({ step: 0, filters: 8 });
    expect(kinds.get('untrained-filter-shares')).toMatchObject([{ shape: [3, 5, 5], filters: 200 }]);
  });
});
