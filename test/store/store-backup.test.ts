import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, MIGRATIONS } from '../../src-main/store/migrate.ts';
import { openStore } from '../../src-main/store/open.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A store as an older program left it, with a setting or a study in it. */
function oldStore(version: number, folder = temporaryFolder()): string {
  const file = join(folder, 'transplant.sqlite');
  const old = new Database(file);
  old.pragma('journal_mode = WAL');
  migrate(old, file, MIGRATIONS.slice(0, version));
  old.exec(`INSERT INTO studies (id, name, protocol, status, created, seconds)
    VALUES ('s1', 'first', '{}', 'stopped', '2026-11-01T12:00:00.000Z', 12.5)`);
  old.close();
  return file;
}

const opened = (file: string): string[] => {
  const backups: string[] = [];
  openStore(file, { onBackup: (backup) => backups.push(backup) }).close();
  return backups;
};
const contents = (file: string) => {
  const database = new Database(file, { readonly: true });
  const found = [database.pragma('user_version', { simple: true }), database.prepare('SELECT id FROM studies').all()];
  database.close();
  return found;
};
const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('a newer version keeps a store of every older one before it changes it, and says where', () => {
  const folder = temporaryFolder();
  const first = oldStore(1, folder);
  const [backup, ...others] = opened(first);
  expect(others).toEqual([]);
  expect(backup).toBe(`${first}.version-1.bak`);
  expect(contents(backup)).toEqual([1, [{ id: 's1' }]]);
  expect(contents(first)).toEqual([MIGRATIONS.length, [{ id: 's1' }]]);
  // What an older program can go on with.
  const again = new Database(backup);
  migrate(again, backup, MIGRATIONS.slice(0, 1));
  expect(again.prepare('SELECT count(*) FROM studies').pluck().get()).toBe(1);
  again.close();
});

test('a store of this version, a new one and one that is only read are not copied', () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  expect(opened(file)).toEqual([]);
  expect(opened(file)).toEqual([]);
  const old = oldStore(1);
  openStore(old, { readOnly: true, onBackup: () => expect.unreachable() }).close();
  for (const one of [file, old]) expect(readdirSync(dirname(one)).filter((name) => name.endsWith('.bak'))).toEqual([]);
});

test('of one version the newest is kept, and those of other versions stay', () => {
  const file = oldStore(1);
  const other = `${file}.version-0.bak`;
  writeFileSync(other, 'older');
  writeFileSync(`${file}.version-1.bak`, 'of an update that was taken back');
  const [backup] = opened(file);
  expect(contents(backup)).toEqual([1, [{ id: 's1' }]]);
  expect(readFileSync(other, 'utf8')).toBe('older');
  expect(readdirSync(dirname(file)).sort()).toEqual([basename(file), basename(other), basename(backup)].sort());
});

test('where the copy can not be written, a sentence says so and nothing is changed', () => {
  const file = oldStore(1);
  mkdirSync(join(`${file}.version-1.bak`, 'a folder in its way'), { recursive: true });
  const before = hash(file);
  expect(() => openStore(file)).toThrow(
    /^This newer Transplant has to change the store .*nothing was changed\. Free some space/,
  );
  expect(hash(file)).toBe(before);
  expect(readdirSync(dirname(file)).sort()).toEqual(['transplant.sqlite', 'transplant.sqlite.version-1.bak']);
});

const MOUNT = spawnSync('unshare', ['-m', 'true']).status === 0;

test.skipIf(!MOUNT)('on a drive without room for the copy, a sentence says so and nothing is changed', () => {
  const folder = temporaryFolder();
  const file = oldStore(1, folder);
  const large = new Database(file);
  large.exec(`UPDATE studies SET name = hex(zeroblob(60000))`);
  large.close();
  const drive = join(folder, 'drive');
  mkdirSync(drive);
  const script = join(import.meta.dirname, 'processes', 'open-once.ts');
  const mounted =
    'mount -t tmpfs -o size=320k tmpfs "$0" && cp "$3" "$0" && "$1" "$2" "$0/transplant.sqlite" && cd "$0" && ls && sha256sum transplant.sqlite';
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', mounted, drive, process.execPath, script, file], {
    encoding: 'utf8',
  });
  const [message, names, sum] = stdout.split('\n');
  expect(message, stderr).toMatch(/there is no space for its [\d.]+ KiB\); nothing was changed/);
  expect(names).toBe('transplant.sqlite');
  expect(sum).toContain(hash(file));
});
