import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src-main/store/open.ts';
import { placed, point, study } from './examples.ts';
import { temporaryFolder } from './temporary-folder.ts';

function start(script: string, file: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'processes', script), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, next: async () => (await lines.next()).value as string | undefined };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test.each([1, 7, 60, 400])(
  'a process killed while it writes, after %i rounds, leaves a whole store with everything it had committed',
  async (rounds) => {
    const file = join(temporaryFolder(), 'transplant.sqlite');
    const { child, next } = start('writer.ts', file);
    for (let i = 0; i < rounds; i++) await next();
    await kill(child);
    let said = rounds;
    for (let line = await next(); line !== undefined; line = await next()) said = Number(line);

    const raw = new Database(file);
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(raw.pragma('foreign_key_check')).toEqual([]);
    raw.close();

    const store = openStore(file);
    const step = store.findRun('k1')!.step;
    expect(step).toBeGreaterThanOrEqual(said);
    expect(step).toBeLessThanOrEqual(said + 1);
    expect(store.checkpoints().map((checkpoint) => checkpoint.step)).toEqual([step]);
    // Points come four at a time, before the checkpoint of their round: never a part of them.
    expect([4 * step, 4 * step + 4]).toContain(store.curve('k1').length);
    store.updateRun('k1', { status: 'stopped' });
    store.close();
  },
);

test('a reader in another process sees what is committed while a writer holds the store', async () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const store = openStore(file);
  store.addStudy(study('s1'), [placed('k1', 'baseA')]);
  const { child, next } = start('reader.ts', file);
  for (let step = 1; step <= 20; step++) {
    store.addCurvePoints('k1', [point(step)]);
    store.updateRun('k1', { status: 'running', step });
    child.stdin!.write('\n');
    expect(JSON.parse((await next())!)).toEqual({ steps: step, points: step });
  }
  const exited = once(child, 'exit');
  child.stdin!.end();
  expect(await exited).toEqual([0, null]);
  store.updateRun('k1', { status: 'stopped' });
  store.close();
});

test('a reader does not hold up a writer, nor does it see half of what the writer does meanwhile', () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const writer = openStore(file);
  writer.addStudy(study('s1'), [placed('k1', 'baseA')]);
  const reader = new Database(file, { readonly: true });
  reader.exec('BEGIN');
  const names = () => reader.prepare<[], string>('SELECT name FROM studyRuns ORDER BY position').pluck().all();
  expect(names()).toEqual(['baseA']);
  writer.addStudy(study('s1'), [placed('k2', 'baseB')]);
  expect(names()).toEqual(['baseA']);
  reader.exec('COMMIT');
  expect(names()).toEqual(['baseA', 'baseB']);
  reader.close();
  writer.close();
});
