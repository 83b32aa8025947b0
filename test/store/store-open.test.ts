import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { openDatabase } from '../../src-main/store/database.ts';
import { MIGRATIONS } from '../../src-main/store/migrate.ts';
import { openStore, SqliteStore } from '../../src-main/store/open.ts';
import { imageSet, newRun, placed, point, study } from './examples.ts';
import { temporaryFolder } from './temporary-folder.ts';

const freshFile = () => join(temporaryFolder(), 'transplant.sqlite');

function userError(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was thrown');
}

function filledStore(): string {
  const file = freshFile();
  const store = openStore(file);
  store.addStudy(study('s1'), [placed('k1', 'baseA')]);
  for (let step = 1; step <= 2000; step += 100)
    store.addCurvePoints(
      'k1',
      Array.from({ length: 100 }, (_, i) => point(step + i)),
    );
  store.close();
  return file;
}

/** Both ways of opening refuse, name the file and leave every byte as it was. */
function expectRefused(file: string, saying: RegExp): void {
  const before = readFileSync(file);
  for (const readOnly of [false, true]) {
    const message = userError(() => openStore(file, { readOnly }));
    expect(message).toContain(file);
    expect(message).toMatch(saying);
    expect(message).toContain('--home');
  }
  expect(readFileSync(file).equals(before)).toBe(true);
}

test('a file that is not a database is refused and left as it is', () => {
  const file = freshFile();
  writeFileSync(file, 'my holiday photographs\n'.repeat(400));
  expectRefused(file, /damaged or not a Transplant store/);
});

test("another program's database is refused and left as it is", () => {
  const file = freshFile();
  const other = new Database(file);
  other.exec('CREATE TABLE bookmarks (url TEXT)');
  other.close();
  expectRefused(file, /database of another program/);
});

test('a store of a newer version is refused with both versions', () => {
  const file = filledStore();
  const newer = new Database(file);
  newer.pragma('user_version = 999');
  newer.pragma('wal_checkpoint(TRUNCATE)');
  newer.close();
  expectRefused(file, new RegExp(`has version 999, .* reads versions up to ${MIGRATIONS.length}\\. Update Transplant`));
});

test('a store that is cut off is refused and left as it is', () => {
  const file = filledStore();
  truncateSync(file, 20_000);
  const before = readFileSync(file);
  expect(userError(() => openStore(file))).toMatch(/damaged/);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a page overwritten in the middle is found before anything is written', () => {
  const file = filledStore();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, bytes.length - 12_288, bytes.length - 8_192);
  writeFileSync(file, bytes);
  expect(userError(() => openStore(file))).toMatch(/damaged/);
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('a folder in place of the store is named', () => {
  const file = freshFile();
  mkdirSync(file);
  expect(userError(() => openStore(file))).toContain(file);
});

test('a missing folder is named', () => {
  expect(userError(() => openStore('/nowhere/at/all/transplant.sqlite'))).toContain('/nowhere/at/all');
});

test('to read where nothing was ever written finds nothing and leaves nothing behind', () => {
  const file = freshFile();
  const store = openStore(file, { readOnly: true });
  expect([store.studies(), store.imageSets(), store.findRun('k')]).toEqual([[], [], undefined]);
  store.close();
  expect(existsSync(file)).toBe(false);

  writeFileSync(file, '');
  openStore(file, { readOnly: true }).close();
  expect(readFileSync(file)).toHaveLength(0);
});

test('a store opened for reading refuses to be written', () => {
  const file = filledStore();
  const store = openStore(file, { readOnly: true });
  expect(userError(() => store.addImageSet(imageSet('i1')))).toContain("can't be written");
  store.close();
});

test('a full disk is a sentence, and what was stored before is intact', () => {
  const file = filledStore();
  const database = openDatabase(file);
  const pages = database.pragma('page_count', { simple: true }) as number;
  database.pragma(`max_page_count = ${pages + 2}`);
  const store = new SqliteStore(file, database);
  const lot = Array.from({ length: 5000 }, (_, i) => point(10_000 + i));
  expect(userError(() => store.addCurvePoints('k1', lot))).toMatch(/disk .* is full; what was stored before is intact/);
  expect(store.curve('k1')).toHaveLength(2000);
  store.addCurvePoints('k1', [point(10_000)]);
  store.close();
  const reopened = openStore(file);
  expect(reopened.curve('k1')).toHaveLength(2001);
  reopened.close();
});

const MOUNT = spawnSync('unshare', ['-m', 'true']).status === 0;

test.skipIf(!MOUNT)('a drive that is really full is a sentence, and what was stored before is intact', () => {
  const folder = temporaryFolder();
  const drive = join(folder, 'drive');
  mkdirSync(drive);
  const script = join(import.meta.dirname, 'processes', 'fill.ts');
  const mounted = 'mount -t tmpfs -o size=400k tmpfs "$0" && "$1" "$2" "$0/transplant.sqlite" && cp "$0"/* "$3"';
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  const { stdout, status, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', mounted, drive, process.execPath, script, copy],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  const { message, committed } = JSON.parse(stdout) as { message: string; committed: number };
  expect(message).toMatch(/^The disk that holds .*transplant.sqlite is full/);
  const store = openStore(join(copy, 'transplant.sqlite'));
  expect(store.curve('k1')).toHaveLength(committed);
  store.close();
});

test.skipIf(!MOUNT)('a store on a read-only drive can be read', () => {
  const file = filledStore();
  const folder = temporaryFolder();
  const mounted = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && "$1" "$2" "$3"';
  const script = join(import.meta.dirname, 'processes', 'read-once.ts');
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', mounted, join(file, '..'), process.execPath, script, file],
    { encoding: 'utf8', cwd: folder },
  );
  expect([stdout, stderr]).toEqual(['2000\n', '']);
});

test('a write-ahead log that a killed process left is taken in', () => {
  const file = freshFile();
  const store = openStore(file);
  store.addImageSet(imageSet('i1'));
  const copy = join(temporaryFolder(), 'transplant.sqlite');
  // What a killed process leaves: the database and its log.
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, copy + suffix);
  store.close();
  const reopened = openStore(copy);
  expect(reopened.imageSets()).toEqual([imageSet('i1')]);
  reopened.close();
  expect(readdirSync(join(copy, '..'))).toEqual(['transplant.sqlite']);
});

test('a prefix that several things start with lists them', () => {
  const store = openStore(freshFile());
  store.addStudy(study('ab1', 'birds'), [placed('cd1', 'baseA'), placed('cd2', 'baseB')]);
  store.addStudy(study('ab2', 'cars'), []);
  expect(userError(() => store.findStudy('ab'))).toBe(
    '"ab" could be any of 2 studies: ab1 (birds), ab2 (cars). Give more of the id.',
  );
  expect(userError(() => store.findRun('cd'))).toContain('cd1, cd2');
  expect(store.findStudy('ab2')?.name).toBe('cars');
  expect(store.findStudy('birds')?.id).toBe('ab1');
  store.close();
});

test('what two studies share is trained once: the second finds the first one’s run as it is', () => {
  const store = openStore(freshFile());
  store.addStudy(study('s1'), [placed('k1', 'baseA')]);
  store.updateRun('k1', { status: 'running', attempts: 1 });
  store.updateRun('k1', { status: 'finished', correct: 8, total: 10 });
  store.addStudy(study('s2'), [placed('k1', 'baseA'), placed('k2', 'baseB')]);
  expect(store.studyRuns('s2').map(({ name, record }) => [name, record.status, record.correct])).toEqual([
    ['baseA', 'finished', 8],
    ['baseB', 'planned', null],
  ]);
  store.close();
});

test('a study whose runs can not all be added is not added at all', () => {
  const store = openStore(freshFile());
  const clash = { ...placed('k1', 'baseB'), run: { ...newRun('k1'), identity: '{"other":true}' } };
  expect(() => store.addStudy(study('s1'), [placed('k1', 'baseA'), clash])).toThrow('another identity');
  expect([store.studies(), store.findRun('k1')]).toEqual([[], undefined]);
  store.close();
});

test('a store whose first commit a power cut has interrupted is empty to who reads, and begun by who writes', () => {
  const file = freshFile();
  // What stands on the disk before the journal is removed: one page, and the journal that takes it back.
  const other = new Database(file);
  other.pragma('journal_mode = DELETE');
  other.exec('BEGIN IMMEDIATE; CREATE TABLE t (a); PRAGMA cache_spill = ON;');
  copyFileSync(`${file}-journal`, `${file}.journal`);
  other.exec('COMMIT');
  other.close();
  const journal = readFileSync(`${file}.journal`);
  // Magic number, no pages, and sizes of before: nothing was there.
  const head = Buffer.from('d9d505f920a163d7', 'hex');
  const sizes = Buffer.alloc(20);
  sizes.writeUInt32BE(512, 12);
  sizes.writeUInt32BE(4096, 16);
  writeFileSync(`${file}-journal`, Buffer.concat([head, sizes], Math.max(512, journal.length)));
  const reader = openStore(file, { readOnly: true });
  expect(reader.studies()).toEqual([]);
  reader.close();
  expect(existsSync(`${file}-journal`)).toBe(true);
  const writer = openStore(file);
  writer.addStudy(study('s1'), []);
  writer.close();
});
