import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, MIGRATIONS } from '../../src-main/store/migrate.ts';
import { openStore } from '../../src-main/store/open.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** SHA-256 of every released migration: stores in the world were made by exactly these. Add lines, never change one. */
const RELEASED = [
  'ef0de66b85dd4705601227ff5059d14cc32cf42970abb681bf42110229e40db0',
  'e1b9741b1e41620f46154485d0279e2b2caf5f428e9bce76343b6b887da1b309',
  '878efc8176e03dd1b003a995b36e68ed50a82996c109379d4627f7e7e92bd059',
  'a907c21835e0611b0f39f99dfed0550af492312a79cc48d7ffd75dcc48fde471',
  '1f3589fd1b3553cecd521ffd480f31e6a3c5a9beb3444c7faa355a44fef0e4cb',
  '660867237c578b9a6e50c283db52919489878abbed7311d350f0b9a37a337bb5',
  'ba77c8ad148ce369837247e90eaaf221f48bc9e0808379968189d7721b3db83b',
  '5d8aec0717e79e13b384005a5670d8a98fcdfc64efbde2f4b5d000f0123cf988',
  '8f76dc618b7f65232ecba50866e3be081a3c0c5bd1db81ef12eac9f0bfccf792',
  '1099dfab440d33db5bc765c2b644dbcea99ae7b095993b9334d1d8f766e8119e',
  '15061d008f49ead5af46e4bca0c8fc238f2f008ca8307a417ab2715c9038642e',
];

/** What was written with each version, as SQL of that version. The fifth and sixth have nothing new but checksums, for all of it. */
const WRITTEN_WITH: readonly string[] = [
  `INSERT INTO imageSets (id, name, size, classes, trainImages, heldOutImages, folder, source, created)
     VALUES ('i1', 'birds', 32, 20, 1000, 200, 'i1', '/photos', '2026-11-01T12:00:00.000Z');
   INSERT INTO studies (id, name, protocol, status, created, seconds)
     VALUES ('s1', 'first', '{}', 'stopped', '2026-11-01T12:00:00.000Z', 12.5);
   INSERT INTO runs (key, identity, seed, status, steps, step, correct, total, loss, seconds, attempts)
     VALUES ('k1', '{}', 'seed', 'finished', 100, 100, 8, 10, 0.25, 9.5, 1);
   INSERT INTO studyRuns (study, position, run, replicate, name, kind, n, target)
     VALUES ('s1', 0, 'k1', 0, 'A3B+', 'transfer+', 3, 'B');
   INSERT INTO checkpoints VALUES ('k1', 100, 'checkpoints/k1/step-100.safetensors', 'ab', 5, 1);
   INSERT INTO curvePoints VALUES ('k1', 10, NULL, 0.5, 0.01);
   INSERT INTO evaluations VALUES ('k1', 100, 0.25, 8, 10);`,
  `INSERT INTO snapshots VALUES ('k1', 0, '[1,1,1,2]', x'0000803f000000c0');
   INSERT INTO settings VALUES ('theme', '"dark"');`,
  `INSERT INTO knownImages VALUES ('i2', '{"id":"i2"}');
   INSERT INTO studyOrigins VALUES ('s1', '{"machine":{}}');`,
  `INSERT INTO predictions VALUES ('k1', 'k1', '{"version":1}');`,
];

test('released migrations are never edited, and each is listed once in order', () => {
  const hashes = MIGRATIONS.map((sql) => createHash('sha256').update(sql).digest('hex'));
  expect(hashes).toEqual(RELEASED);
  const folder = join(import.meta.dirname, '../../src-main/store/migrations');
  const numbers = readdirSync(folder).flatMap((file) => /^(\d{4})-/.exec(file)?.[1] ?? []);
  expect(numbers.map(Number)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});

test.each(WRITTEN_WITH.map((_, i) => i + 1))(
  'a store of version %i with data in it is brought up to date with everything in it',
  (version) => {
    const expectEverything = (store: ReturnType<typeof openStore>) => {
      expect(store.imageSets()).toMatchObject([{ id: 'i1', name: 'birds', heldOutImages: 200 }]);
      expect(store.studies()).toMatchObject([{ id: 's1', status: 'stopped', seconds: 12.5 }]);
      expect(store.studyRuns('s1')).toMatchObject([
        { name: 'A3B+', n: 3, record: { key: 'k1', correct: 8, loss: 0.25 } },
      ]);
      expect(store.latestCheckpoint('k1')).toMatchObject({ step: 100, final: true });
      expect(store.curve('k1')).toMatchObject([{ step: 10, loss: NaN }]);
      expect(store.evaluations('k1')).toMatchObject([{ correct: 8 }]);
      // What came with version 2.
      expect(store.snapshots('k1')).toEqual(version < 2 ? [] : [{ step: 0 }]);
      expect(store.snapshot('k1', 0)?.data).toEqual(version < 2 ? undefined : Float32Array.of(1, -2));
      expect(store.setting('theme')).toBe(version < 2 ? undefined : '"dark"');
      // With version 3.
      expect(store.knownImages('i2')).toBe(version < 3 ? undefined : '{"id":"i2"}');
      expect(store.studyOrigin('s1')).toBe(version < 3 ? undefined : '{"machine":{}}');
      // With version 4.
      expect(store.prediction('k1', 'k1')).toBe(version < 4 ? undefined : '{"version":1}');
    };
    const file = join(temporaryFolder(), 'transplant.sqlite');
    const old = new Database(file);
    old.pragma('journal_mode = WAL');
    migrate(old, file, MIGRATIONS.slice(0, version));
    old.exec(WRITTEN_WITH.slice(0, version).join('\n'));
    old.close();

    const before = readFileSync(file);
    const reader = openStore(file, { readOnly: true });
    expectEverything(reader);
    expect(() => reader.setSetting('theme', '"light"')).toThrow("can't be written");
    reader.close();
    expect(readFileSync(file).equals(before), 'reading leaves the file as it is').toBe(true);

    const store = openStore(file);
    expectEverything(store);
    // Answers came with version 8: older trainings have none, until they are trained again.
    expect(store.answers('k1')).toBeUndefined();
    const answers = { labels: Uint16Array.of(0, 1, 300), answers: Uint16Array.of(0, 2, 300) };
    store.setAnswers('k1', 100, answers);
    expect(store.answers('k1')).toEqual(answers);
    // Annotations came with version 9: nothing is written beside older studies.
    expect(store.annotation('s1')).toEqual({ notes: '', tags: [], archived: false });
    expect(store.bin(), 'what came with version 10').toEqual([]);
    expect(store.layerQualities('k1'), 'what came with version 11').toEqual([]);
    store.annotateStudy('s1', { tags: ['birds'] });
    expect(store.annotation('s1').tags).toEqual(['birds']);
    const layers = [{ n: 1, sparsity: 0.25, orthogonality: 1 }];
    store.addSnapshot('k1', { step: 100, weight: { shape: [1, 1, 1, 1], data: Float32Array.of(NaN) }, layers });
    expect(store.layerQualities('k1')).toEqual([{ step: 100, layers }]);
    expect(store.snapshot('k1', 100)).toEqual({ shape: [1, 1, 1, 1], data: Float32Array.of(NaN) });
    store.close();
  },
);

test('a row that is damaged stays so when its store is brought up to date', () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const old = new Database(file);
  migrate(old, file, MIGRATIONS.slice(0, 4));
  old.exec(WRITTEN_WITH.join('\n'));
  migrate(old, file, MIGRATIONS.slice(0, 5));
  old.exec('UPDATE evaluations SET correct = 9');
  old.close();
  const store = openStore(file);
  expect(() => store.evaluations('k1')).toThrow('the evaluations of run k1 is not what was written');
  expect(store.curve('k1')).toHaveLength(1);
  store.close();
});

const ADD_COLUMN = `ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'seen';`;
const REBUILD_STUDIES = `
  CREATE TABLE rebuilt (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
  INSERT INTO rebuilt SELECT number, id FROM studies;
  DROP TABLE studies;
  ALTER TABLE rebuilt RENAME TO studies;`;

function versionOne() {
  const database = new Database(':memory:');
  migrate(database, 'test', MIGRATIONS.slice(0, 1));
  database.exec(WRITTEN_WITH[0]);
  return database;
}

const version = (database: Database.Database) => database.pragma('user_version', { simple: true });

test('each step is done once, and a table that others refer to can be rebuilt', () => {
  const database = versionOne();
  const steps = [MIGRATIONS[0], ADD_COLUMN, REBUILD_STUDIES];
  migrate(database, 'test', steps);
  migrate(database, 'test', steps);
  expect(version(database)).toBe(3);
  expect(database.prepare('SELECT note FROM runs').pluck().all()).toEqual(['seen']);
  expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
  expect(() => database.exec(`INSERT INTO studyRuns VALUES ('none', 0, 'k1', 0, 'x', 'base', 0, 'A')`)).toThrow(
    'FOREIGN',
  );
});

test.each([
  ['fails in the middle', `${ADD_COLUMN} INSERT INTO nowhere VALUES (1);`, 'nowhere'],
  ['leaves rows without their parents', 'DELETE FROM runs;', 'without their parents'],
])('a step that %s changes nothing, and the steps before it stay', (_, bad, saying) => {
  const database = versionOne();
  expect(() => migrate(database, 'test', [MIGRATIONS[0], 'CREATE TABLE second (x);', bad])).toThrow(saying);
  expect(version(database)).toBe(2);
  expect(database.prepare('SELECT count(*) FROM runs').pluck().get()).toBe(1);
  expect(() => database.prepare('SELECT note FROM runs')).toThrow();
});
