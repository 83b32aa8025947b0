import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { homeFolder, prepareHome } from '../../src-main/app/home.ts';
import { lockHome } from '../../src-main/app/lock.ts';
import { UserError } from '../../src-main/errors.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

afterEach(() => void vi.unstubAllEnvs());

const WAY_OUT = 'choose another folder with --home DIR or TRANSPLANT_HOME';
const MOUNT = spawnSync('unshare', ['-m', 'true']).status === 0;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was thrown');
}

test('--home comes before TRANSPLANT_HOME, and both before the platform’s folder', () => {
  vi.stubEnv('TRANSPLANT_HOME', '/drive/from-environment');
  expect(homeFolder('/drive/from-option')).toBe('/drive/from-option');
  expect(homeFolder()).toBe('/drive/from-environment');
  vi.stubEnv('TRANSPLANT_HOME', '');
  expect(homeFolder()).toMatch(/[/\\]Transplant([/\\]Data)?$/);
});

test('the path is absolute, whatever way it was given', () => {
  expect(homeFolder('here')).toBe(join(process.cwd(), 'here'));
  expect(homeFolder('~/there')).toBe(join(homedir(), 'there'));
  expect(homeFolder('~')).toBe(homedir());
  expect(homeFolder('~other')).toBe(join(process.cwd(), '~other'));
});

test('an empty --home is a wrong call', () => {
  expect(refusal(() => homeFolder(''))).toBe('--home needs the path of a folder.');
});

test.skipIf(process.getuid?.() !== 0)('a user without a home folder can still name one', () => {
  const script = `import { homeFolder } from '${join(import.meta.dirname, '../../src-main/app/home.ts')}';
    const say = (work) => { try { console.log(work()); } catch (error) { console.log(error.message); } };
    say(() => homeFolder('/given')); say(() => homeFolder());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    uid: 54321,
    env: {},
    cwd: '/',
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual([`/given\nThis user has no home folder on this machine; ${WAY_OUT}.\n`, '']);
});

test('a home is made with its folders, as often as it is asked for, and nothing else is left in it', () => {
  const home = join(temporaryFolder(), 'deep', 'down');
  prepareHome(home);
  writeFileSync(join(home, 'data', 'mine'), 'stays');
  prepareHome(home);
  expect(readdirSync(home)).toEqual(['checkpoints', 'data']);
  expect(readdirSync(join(home, 'data'))).toEqual(['mine']);
  expect(readdirSync(join(home, 'checkpoints'))).toEqual([]);
});

test('what a process left that was killed while it tried the folders is gone the next time', () => {
  const home = temporaryFolder();
  prepareHome(home);
  for (const folder of ['', 'data', 'checkpoints']) writeFileSync(join(home, folder, '.probe-of-another'), 'x');
  writeFileSync(join(home, 'lock.json.123456'), '{');
  prepareHome(home);
  lockHome(home).release();
  expect(readdirSync(home)).toEqual(['checkpoints', 'data', 'lock.sqlite']);
  expect(readdirSync(join(home, 'data'))).toEqual([]);
});

test('checkpoints may lie on another drive, behind a link', () => {
  const home = temporaryFolder();
  const elsewhere = temporaryFolder();
  symlinkSync(elsewhere, join(home, 'checkpoints'));
  prepareHome(home);
  expect(readdirSync(elsewhere)).toEqual([]);
});

test.each([
  ['a file in its place', (folder: string) => join(folder, 'file'), 'a file is in the way'],
  ['a file above it', (folder: string) => join(folder, 'file', 'home'), 'a file is in the way'],
  ['a link to nowhere in its place', (folder: string) => join(folder, 'broken'), ''],
  ['a link to itself in its place', (folder: string) => join(folder, 'circle', 'home'), 'round in a circle'],
  ['a name that is too long', (folder: string) => join(folder, 'x'.repeat(300)), 'the path is too long'],
  ['a zero byte in its name', (folder: string) => join(folder, 'a\0b'), ''],
])('%s is one sentence with the way out', (_, place, saying) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), 'mine');
  symlinkSync(join(folder, 'gone', 'far'), join(folder, 'broken'));
  symlinkSync('circle', join(folder, 'circle'));
  const home = place(folder);
  const message = refusal(() => prepareHome(home));
  expect(message).toContain(`Transplant can't use ${home} as its home folder: `);
  expect(message).toContain(saying);
  expect(message.endsWith(`${WAY_OUT}.`)).toBe(true);
  expect(message).not.toContain('\n');
});

test.skipIf(process.platform !== 'linux')('a folder that the kernel does not let anybody make is refused', () => {
  expect(refusal(() => prepareHome('/proc/transplant'))).toContain('/proc/transplant');
});

test('a file in the way of its folders is named', () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'checkpoints'), 'mine');
  const message = refusal(() => prepareHome(home));
  expect(message).toContain(`${join(home, 'checkpoints')} as part of its home folder: a file is in the way`);
});

test.skipIf(!MOUNT).each([
  ['a read-only drive', 'mount -t tmpfs -o ro tmpfs "$0"', 'the drive is read-only'],
  [
    'a full drive',
    'mount -t tmpfs -o size=64k tmpfs "$0" && (cat /dev/zero > "$0/full" || true) 2>&-',
    'the disk is full',
  ],
])('%s is found out, also by root', (_, mount, saying) => {
  const home = join(temporaryFolder(), 'drive');
  mkdirSync(home);
  const script = `import { prepareHome } from '${join(import.meta.dirname, '../../src-main/app/home.ts')}';
    try { prepareHome(process.argv[1]); } catch (error) { console.log(error.name + ' ' + error.message); }`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', `${mount}; "$1" --input-type=module-typescript -e "$2" "$0"`, home, process.execPath, script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^UserError Transplant can't use /);
  expect(stdout).toContain(`${saying}; ${WAY_OUT}.`);
  expect(existsSync(join(home, 'data'))).toBe(false);
});
