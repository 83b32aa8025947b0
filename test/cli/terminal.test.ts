import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { record, setUp } from './set-up.ts';

/** Sets the title of the window, clears the screen in two ways, goes back, rings, turns the direction of writing. */
const HOSTILE = 'b\u001b]0;evil\u0007\u001b[2J\u009b2J\r\b\u007f\u202e\u2028!';
/** The same, to be read. */
const SHOWN = String.raw`b\u001b]0;evil\u0007\u001b[2J\u009b2J\u000d\u0008\u007f\u202e\u2028!`;
// eslint-disable-next-line no-control-regex -- what a terminal would obey
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/;

const run = { run: 'key', name: 'baseA' };
const failing: StudyEvent[] = [
  {
    type: 'study-started',
    study: record.id,
    name: HOSTILE,
    runs: [{ ...run, replicate: 0, steps: 9, status: 'planned' }],
  },
  { type: 'run-started', ...run, attempt: 1, threads: 2, fromStep: 0 },
  { type: 'run-failed', ...run, reason: 'it broke: x\b\u0090' },
];

describe('what a terminal would obey is shown', () => {
  it('in tables and sentences of results, and in errors', async () => {
    const study = { ...record, name: HOSTILE };
    const { transplant, written } = setUp(() => Promise.reject(new UserError(`${HOSTILE} is gone.`)), { study });
    expect(await transplant('study', 'list')).toBe(0);
    expect(written.stdout).toContain(SHOWN);
    expect(await transplant('study', 'run', '--data', HOSTILE)).toBe(1);
    expect(written.stderr).toBe(`${SHOWN} is gone.\n`);
    expect(await transplant('study', HOSTILE)).toBe(2);
    expect(written.stdout + written.stderr).not.toMatch(OBEYED);
  });

  it('in JSON lines, which a program reads as they were meant', async () => {
    const { transplant, written } = setUp(undefined, { study: { ...record, name: HOSTILE } });
    expect(await transplant('study', 'list', '--json')).toBe(0);
    expect(written.stdout).not.toMatch(OBEYED);
    expect(JSON.parse(written.stdout)).toMatchObject({ name: HOSTILE });
  });

  it('in the rows of a table, which a name with a line break can not forge', async () => {
    const { transplant, written } = setUp(undefined, { study: { ...record, name: 'a\nID  forged' } });
    expect(await transplant('study', 'list')).toBe(0);
    expect(written.stdout).toContain(String.raw`a\u000aID  forged`);
  });

  it.each([true, false])('while a study runs, also between bars (in a terminal: %s)', async (isTTY) => {
    const { transplant, written } = setUp(
      async (_request, { onEvent }) => {
        for (const event of failing) onEvent(event);
      },
      { isTTY, columns: 200 },
    );
    await transplant('study', 'run');
    expect(written.stderr).toContain(`"${SHOWN}": 1 training`);
    expect(written.stderr).toContain(String.raw`it broke: x\u0008\u0090`);
    // eslint-disable-next-line no-control-regex -- bars move the cursor and erase lines
    const withoutBars = written.stderr.replace(/\u001b\[\??\d*(;\d+)?[A-Khl]/g, '').replace(/\r/g, '');
    expect(withoutBars).not.toMatch(OBEYED);
  });

  it('in the log of a bug', async () => {
    const { transplant, written, home } = setUp(() => Promise.reject(new TypeError(HOSTILE)));
    expect(await transplant('study', 'run', '--home', home)).toBe(1);
    const [log] = readdirSync(join(home, 'logs'));
    for (const text of [readFileSync(join(home, 'logs', log), 'utf8'), written.stderr]) {
      expect(text).toContain(SHOWN);
      expect(text).not.toMatch(OBEYED);
    }
  });
});

describe('a terminal that does not know its size, as those of CI and remote shells', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is told of %s like any other, and what is done is kept',
    async (signal) => {
      const { transplant, written, signals } = setUp(
        async (_request, { onEvent, signal: stop }) => {
          for (const event of failing.slice(0, 2)) onEvent(event);
          signals.emit(signal);
          expect(stop.aborted).toBe(true);
          return { stopped: true };
        },
        { isTTY: true, columns: 0, rows: 0 },
      );
      expect(await transplant('study', 'run')).toBe(130);
      expect(written.stderr).toContain('Stopping after the current step ...');
      expect(written.stderr).toContain('Study     [');
    },
  );
});
