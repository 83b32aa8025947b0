import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockHome } from '../../src-main/app/lock.ts';
import { UserError } from '../../src-main/errors.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

const SCRIPT = `import { lockHome } from '${join(import.meta.dirname, '../../src-main/app/lock.ts')}';
  const lock = lockHome(process.argv[1]);
  console.log('locked');
  process.stdin.once('data', () => { lock.release(); console.log('released'); });`;

async function lockingProcess(home: string) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', SCRIPT, home], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(String(await once(child.stdout, 'data'))).toBe('locked\n');
  return child;
}

function refusal(home: string): string {
  try {
    lockHome(home).release();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('the lock was free');
}

test('a second process is told who works there, since when, and what to do', async () => {
  const home = temporaryFolder();
  const before = new Date().toISOString();
  const child = await lockingProcess(home);
  const [, pid, since] = /^Another Transplant \(process (\d+), since (\S+)\) works in /.exec(refusal(home))!;
  expect(Number(pid)).toBe(child.pid);
  expect(since >= before && since <= new Date().toISOString()).toBe(true);
  expect(refusal(home)).toContain(
    `works in ${home}; wait until it is done, or choose another folder with --home DIR or TRANSPLANT_HOME.`,
  );
  lockHome(temporaryFolder()).release();
});

test('the lock is free after its holder let go of it', async () => {
  const home = temporaryFolder();
  const child = await lockingProcess(home);
  child.stdin.write('\n');
  await once(child.stdout, 'data');
  lockHome(home).release();
});

test('the lock is free after its holder was killed', async () => {
  const home = temporaryFolder();
  const child = await lockingProcess(home);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const lock = lockHome(home);
  // What the killed process left behind does not stand in for the new holder.
  expect(refusal(home)).toContain(`process ${process.pid},`);
  lock.release();
});

test('a note of a process that is gone is not believed', async () => {
  const home = temporaryFolder();
  await lockingProcess(home);
  for (const note of ['{"pid":2147483646,"since":"2026-11-01T12:00:00.000Z"}', '{"pid":-1}', 'nonsense', '']) {
    writeFileSync(join(home, 'lock.json'), note);
    expect(refusal(home)).toContain('Another Transplant that is just starting or ending works in');
  }
});

test('one process can not take the same home twice, and releasing twice does no harm', () => {
  const home = temporaryFolder();
  const lock = lockHome(home);
  expect(refusal(home)).toContain(`process ${process.pid},`);
  lock.release();
  lock.release();
  const again = lockHome(home);
  lock.release();
  expect(refusal(home)).toContain('works in');
  again.release();
  expect(readdirSync(home)).toEqual(['lock.sqlite']);
});

test('a lock file that is no lock file is named', () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'lock.sqlite'), 'my holiday photographs\n'.repeat(400));
  expect(refusal(home)).toContain(join(home, 'lock.sqlite'));
});
