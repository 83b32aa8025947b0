import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src-main/cli/terminal/run.ts';
import { UserError } from '../../src-main/errors.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { record, setUp } from './set-up.ts';

const outline = (name: string, steps = 100) => ({
  ...{ run: `key-${name}`, name, replicate: 0, steps },
  status: 'planned' as const,
});
const started: StudyEvent = {
  type: 'study-started',
  study: record.id,
  name: record.name,
  runs: [outline('baseA'), outline('baseB'), outline('A1B')],
};
const about = (name: string) => ({ run: `key-${name}`, name });
const progress = (name: string, step: number): StudyEvent => ({
  type: 'run-message',
  ...about(name),
  message: { type: 'progress', step, loss: 1.5, accuracy: 0.3, learningRate: 0.01, imagesPerSecond: 700 },
});

describe('a study in the terminal', () => {
  it('passes on what was asked for, and nothing that was not', async () => {
    const { transplant, requests } = setUp();
    const code = await transplant(
      ...['study', 'run', '--preset', 'smoke', '--data', 'birds', '--layers', '1-3', '--treatments', 'AnB,random'],
      ...['--seeds', '2', '--split', 'random:20', '--both-directions', '--epochs', '0.5', '--images-per-class', '10'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(JSON.stringify(requests[0]))).toEqual({
      preset: 'smoke',
      data: 'birds',
      layers: [1, 2, 3],
      treatments: ['transfer', 'random'],
      seeds: 2,
      split: { kind: 'random', classes: 20 },
      bothDirections: true,
      epochs: 0.5,
      imagesPerClass: 10,
    });
  });

  it('takes features from a file or another set to all classes, and says what the file is', async () => {
    const kept = {
      network: { ...tinyNetwork, name: 'theirs' },
      pretrained: {
        sha256: 'a'.repeat(64),
        name: 'theirs.pth',
        layers: 2,
        head: { classes: 9 },
        origin: 'a tiny network',
      },
      notes: ['Its pixels are taken for ImageNet’s.'],
    };
    const { transplant, requests, written, home } = setUp(undefined, { kept });
    const file = join(home, 'theirs.pth');
    writeFileSync(file, '');
    expect(
      await transplant('study', 'run', '--data', 'birds', '--from', file, '--layers', 'all', '--budget', '1h30min'),
    ).toBe(0);
    const { network, pretrained } = kept;
    expect(requests[0]).toMatchObject({ network, pretrained, layers: [1, 2], budget: 5400 });
    expect(written.stderr).toContain(
      'theirs.pth is a tiny network, 8 x 8 pixels.\nIts pixels are taken for ImageNet’s.\n',
    );
    expect(await transplant('study', 'run', '--data', 'birds', '--from', file, '--target', 'cat, dog')).toBe(0);
    expect(requests[1]).toMatchObject({ split: { kind: 'whole', classes: ['cat', 'dog'] } });
    expect(await transplant('study', 'run', '--data', 'birds', '--from', 'nowhere')).toBe(2);
    expect(written.stderr).toContain('"nowhere" is neither an imported image set nor a file that holds a network');
    expect(await transplant('study', 'run', '--data', 'birds', '--from', file, '--network', 'resnet-32')).toBe(2);
  });

  it('says what started and ended, and how far it is at most every ten seconds', async () => {
    const { transplant, written, clock } = setUp(async (_request, { onEvent }) => {
      onEvent(started);
      onEvent({ type: 'run-reused', ...about('baseA'), accuracy: 0.5 });
      onEvent({ type: 'run-started', ...about('baseB'), attempt: 1, threads: 2, fromStep: 0 });
      for (let step = 1; step <= 50; step++) {
        clock.now += 500;
        onEvent(progress('baseB', step));
      }
      onEvent({ type: 'run-finished', ...about('baseB'), accuracy: 0.632, seconds: 41.2 });
      onEvent({
        type: 'run-failed',
        ...about('A1B'),
        reason: 'ended with code 1. Its last lines:\n\u001b[31mbad\n  at x',
      });
      return { failed: 1 };
    });
    expect(await transplant('study', 'run')).toBe(1);
    expect(written.stderr.split('\n')).toEqual([
      'Study 3f2a00000001 "birds": 3 trainings',
      'baseA: 50.0%, trained before',
      'baseB: started, 2 threads',
      'Progress: 1 of 3 trainings, 33% of the steps, 700 images/s; baseB 1/100, loss 1.500',
      'Progress: 1 of 3 trainings, 40% of the steps, 700 images/s, 1 min 30 s left; baseB 21/100, loss 1.500',
      'Progress: 1 of 3 trainings, 47% of the steps, 700 images/s, 1 min 20 s left; baseB 41/100, loss 1.500',
      'baseB: 63.2% in 41 s',
      'A1B: failed, ended with code 1',
      '1 training of study 3f2a00000001 could not be done: "transplant study show 3f2a00000001" says why, "transplant study resume 3f2a00000001" tries again.',
      '',
    ]);
    expect(written.stdout).toMatch(/Report: .*reports\/3f2a00000001\/report.html\nStudy 3f2a00000001 took 25 s\.\n$/);
  });

  it('writes nothing but JSON lines to standard output with --json, errors included', async () => {
    const { transplant, written } = setUp(async (_request, { onEvent, onImport }) => {
      onImport({ done: 10, rejected: 1 });
      onEvent(started);
      throw new UserError('The disk is full; make room.');
    });
    expect(await transplant('study', 'run', '--json')).toBe(1);
    const lines = written.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'import-progress', done: 10, rejected: 1 },
      started,
      { type: 'error', message: 'The disk is full; make room.' },
    ]);
  });

  it('leaves the weights of filters out of JSON lines', async () => {
    const weight = { shape: [2, 3, 5, 5], data: new Float32Array(150) };
    const { transplant, written } = setUp(async (_request, { onEvent }) => {
      onEvent(started);
      for (const type of ['snapshot', 'filters'] as const)
        onEvent({ type: 'run-message', ...about('baseA'), message: { type, step: 0, weight } });
      onEvent(progress('baseA', 1));
    });
    expect(await transplant('study', 'run', '--json')).toBe(0);
    const lines = written.stdout
      .split('\n')
      .filter((line) => line.includes('"run-message"') || line.includes('"weight"'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([progress('baseA', 1)]);
  });

  it('draws a bar for the study and each training, and leaves the cursor as it was', async () => {
    const { transplant, written, clock } = setUp(
      async (_request, { onEvent }) => {
        onEvent(started);
        onEvent({ type: 'run-started', ...about('baseB'), attempt: 1, threads: 2, fromStep: 0 });
        for (const step of [25, 50]) {
          clock.now += 5000;
          onEvent(progress('baseB', step));
        }
      },
      { isTTY: true },
    );
    expect(await transplant('study', 'run')).toBe(0);
    expect(written.stderr).toContain('Study     [████');
    expect(written.stderr).toContain('0/3 trainings  700 images/s  ETA 50 s');
    expect(written.stderr).toContain(`baseB     [${'█'.repeat(12)}${'░'.repeat(12)}]  50/100 steps  loss 1.500`);
    expect(written.stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(written.stderr.lastIndexOf('\u001b[?25l'));
    expect(written.stdout).not.toContain('\u001b');
  });

  it('refuses a report folder that cannot be before anything is opened or trained', async () => {
    const { transplant, written, home, requests, opened } = setUp();
    writeFileSync(join(home, 'file'), '');
    expect(await transplant('study', 'run', '--out', join(home, 'file', 'report'))).toBe(1);
    expect(written.stderr).toBe(
      `Can't write the report to ${join(home, 'file', 'report')}: there is a file where a folder should be. Choose another folder with --out.\n`,
    );
    expect(requests).toEqual([]);
    expect(opened()).toBe(0);
  });
});

describe('Ctrl-C', () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

  it('stops cleanly, says how to go on and ends with 130, counting signals of one keystroke as one', async () => {
    const { transplant, written, signals, exits, opened } = setUp(async (_request, { signal, onEvent }) => {
      onEvent(started);
      const aborted = untilAborted(signal);
      for (let copy = 0; copy < 3; copy++) signals.emit('SIGINT');
      await aborted;
      return { stopped: true };
    });
    expect(await transplant('study', 'run', '--home', "/data/my 'home'")).toBe(130);
    expect(written.stderr).toBe(
      'Study 3f2a00000001 "birds": 3 trainings\n' +
        'Stopping after the current step ...\n' +
        `Stopped. Go on with: npx transplant study resume 3f2a00000001 --home '/data/my '\\''home'\\'''\n`,
    );
    expect(exits).toEqual([]);
    expect(opened()).toBe(0);
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });

  it('ends at once the second time', async () => {
    const { transplant, signals, exits, clock } = setUp(async (_request, { signal }) => {
      signals.emit('SIGINT');
      clock.now += 501;
      signals.emit('SIGINT');
      expect(signal.aborted).toBe(true);
      return { stopped: true };
    });
    await transplant('study', 'run');
    expect(exits).toEqual([130]);
  });
});

describe('a bug', () => {
  it('is one sentence; its trace goes to the logs of the home folder', async () => {
    const { transplant, written, home } = setUp(() => Promise.reject(new TypeError('x is not\n  a function')));
    expect(await transplant('study', 'run', '--home', home)).toBe(1);
    expect(written.stderr).toMatch(
      /^This is a bug in Transplant: x is not a function\. Please report it with .*\.log\.\n$/,
    );
    const [log] = readdirSync(join(home, 'logs'));
    expect(readFileSync(join(home, 'logs', log), 'utf8')).toContain('cli.test.ts');
  });

  it('shows its trace with TRANSPLANT_DEBUG', async () => {
    const { surroundings, written, home } = setUp(() => Promise.reject(new TypeError('x')));
    await runCommandLine(['study', 'run', '--home', home], { ...surroundings, environment: { TRANSPLANT_DEBUG: '1' } });
    expect(written.stderr).toContain('cli.test.ts');
    expect(existsSync(join(home, 'logs'))).toBe(false);
  });
});
