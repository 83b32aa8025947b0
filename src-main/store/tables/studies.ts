import type { Database } from 'better-sqlite3';
import type { StudyStatus } from '../../common/run-state.ts';
import { type Checked, intact, withChecksum } from '../checksum.ts';
import type { ImageSetRecord, StudyRecord, StudyRunRecord } from '../records.ts';

const IMAGE_SET_COLUMNS = 'id, name, size, classes, trainImages, heldOutImages, folder, source, created';

export function imageSetTable(database: Database) {
  // The id is a hash of the content, so importing the same images again renames the set.
  const put = database.prepare<ImageSetRecord>(`
    INSERT INTO imageSets (${IMAGE_SET_COLUMNS})
    VALUES (:id, :name, :size, :classes, :trainImages, :heldOutImages, :folder, :source, :created)
    ON CONFLICT (id) DO UPDATE SET
      name = :name, size = :size, classes = :classes, trainImages = :trainImages, heldOutImages = :heldOutImages,
      folder = :folder, source = :source, created = :created`);
  const seal = database.prepare<[string]>(
    `UPDATE imageSets SET checksum = crc32('imageSets', ${IMAGE_SET_COLUMNS}) WHERE id = ?`,
  );
  const all = database.prepare<[], Checked<ImageSetRecord>>(
    `SELECT ${withChecksum('imageSets', IMAGE_SET_COLUMNS)} FROM imageSets ORDER BY created, number`,
  );
  const remove = database.prepare<[string]>('DELETE FROM imageSets WHERE id = ?');
  return {
    remove: (id: string): void => void remove.run(id),
    put(record: ImageSetRecord): void {
      put.run(record);
      seal.run(record.id);
    },
    all: (): ImageSetRecord[] => all.all().map((row) => intact(row, `image set ${row.id.slice(0, 8)}`)),
  };
}

const STUDY_COLUMNS = 'id, name, protocol, status, created, finished, seconds';

export interface StudyChange {
  readonly status: StudyStatus;
  readonly finished?: string;
  readonly addSeconds?: number;
}

export function studyTable(database: Database) {
  const insert = database.prepare<StudyRecord>(
    `INSERT INTO studies (${STUDY_COLUMNS}) VALUES (:id, :name, :protocol, :status, :created, :finished, :seconds)`,
  );
  const seal = database.prepare<[string]>(
    `UPDATE studies SET checksum = crc32('studies', ${STUDY_COLUMNS}) WHERE id = ?`,
  );
  const select = `SELECT ${withChecksum('studies', STUDY_COLUMNS)} FROM studies`;
  const all = database.prepare<[], Checked<StudyRecord>>(`${select} ORDER BY created, number`);
  const find = database.prepare<[string], Checked<StudyRecord>>(`${select} WHERE id = ?`);
  const running = database.prepare<[], Checked<StudyRecord>>(`${select} WHERE status = 'running'`);
  const recordOf = (row: Checked<StudyRecord>): StudyRecord => intact(row, `study ${row.id}`);
  const get = (id: string): StudyRecord | undefined => {
    const row = find.get(id);
    return row && recordOf(row);
  };
  // A study that goes on has no end. Adding seconds to one that has ended keeps its end.
  const update = database.prepare(`
    UPDATE studies SET
      finished = coalesce(:finished, CASE WHEN :status IN ('finished', 'failed') THEN finished END),
      status = :status,
      seconds = seconds + :addSeconds
    WHERE id = :id`);
  const rename = database.prepare<[string, string]>('UPDATE studies SET name = ? WHERE id = ?');
  const stop = database.prepare<[string]>("UPDATE studies SET status = 'stopped' WHERE id = ?");
  const remove = database.prepare<[string]>('DELETE FROM studies WHERE id = ?');
  return {
    /** Adds a study. A stored study of the same id, which has the same protocol, stays as it is. */
    add(record: StudyRecord): void {
      const stored = get(record.id);
      if (stored === undefined) {
        insert.run(record);
        seal.run(record.id);
      } else if (stored.protocol !== record.protocol)
        throw new Error(`study ${record.id} is stored with another protocol`);
    },
    remove(id: string): void {
      if (remove.run(id).changes === 0) throw new Error(`no study ${id}`);
    },
    stopRunning(): void {
      for (const { id } of running.all().map(recordOf)) {
        stop.run(id);
        seal.run(id);
      }
    },
    all: (): StudyRecord[] => all.all().map(recordOf),
    rename(id: string, name: string): void {
      if (get(id) === undefined) throw new Error(`no study ${id}`);
      rename.run(name, id);
      seal.run(id);
    },
    update(id: string, { status, finished = undefined, addSeconds = 0 }: StudyChange): void {
      if (get(id) === undefined) throw new Error(`no study ${id}`);
      update.run({ id, status, finished: finished ?? null, addSeconds });
      seal.run(id);
    },
  };
}

const STUDY_RUN_COLUMNS = 'study, position, run, replicate, name, kind, n, target';

type PlacedRow = StudyRunRecord & { readonly position: number };

export function studyRunTable(database: Database) {
  const insert = database.prepare<PlacedRow>(`
    INSERT INTO studyRuns (${STUDY_RUN_COLUMNS}, checksum)
    VALUES (:study, :position, :run, :replicate, :name, :kind, :n, :target,
      crc32('studyRuns', :study, :position, :run, :replicate, :name, :kind, :n, :target))`);
  const places = database.prepare<[string], number>('SELECT count(*) FROM studyRuns WHERE study = ?').pluck();
  const select = `SELECT ${withChecksum('studyRuns', STUDY_RUN_COLUMNS)} FROM studyRuns`;
  const get = database.prepare<[string, number, string], Checked<PlacedRow>>(
    `${select} WHERE study = ? AND replicate = ? AND name = ?`,
  );
  const of = database.prepare<[string], Checked<PlacedRow>>(`${select} WHERE study = ? ORDER BY position`);
  const recordOf = (row: Checked<PlacedRow>): StudyRunRecord => {
    const { position: _, ...record } = intact(row, `the places of study ${row.study}`);
    return record;
  };
  const remove = database.prepare<[string]>('DELETE FROM studyRuns WHERE study = ?');
  const withRun = database.prepare<[string], string>('SELECT study FROM studyRuns WHERE run = ? LIMIT 1').pluck();
  return {
    /** Adds a run's place in a study. A place that the run has already stays as it is. */
    add(record: StudyRunRecord): void {
      const stored = get.get(record.study, record.replicate, record.name);
      if (stored === undefined) insert.run({ ...record, position: places.get(record.study)! });
      else if (recordOf(stored).run !== record.run)
        throw new Error(`${record.name} of replicate ${record.replicate} is another run in study ${record.study}`);
    },
    /** The places of a study, in the order in which they were added. */
    of: (study: string): StudyRunRecord[] => of.all(study).map(recordOf),
    remove: (study: string): void => void remove.run(study),
    /** The id of a study that has this run; undefined if none has. */
    withRun: (run: string): string | undefined => withRun.get(run),
  };
}

/** What cheap predictors say about transfers, by the two bases that it comes from. */
export function predictionTable(database: Database) {
  const put = database.prepare<{ source: string; own: string; facts: string }>(
    `INSERT OR REPLACE INTO predictions (source, own, facts, checksum) VALUES (:source, :own, :facts, crc32('predictions', :source, :own, :facts))`,
  );
  const get = database.prepare<[string, string], Checked<{ facts: string }>>(
    `SELECT ${withChecksum('predictions', 'source, own, facts')} FROM predictions WHERE source = ? AND own = ?`,
  );
  const remove = database.prepare<[string, string]>('DELETE FROM predictions WHERE source = ? OR own = ?');
  return {
    put: (source: string, own: string, facts: string): void => void put.run({ source, own, facts }),
    get: (source: string, own: string): string | undefined => textOf(get.get(source, own), 'facts', 'the predictors'),
    /** Removes all predictions that come from a run. */
    remove: (run: string): void => void remove.run(run, run),
  };
}

/** Where trainings were done that were not done here. */
export function placeTable(database: Database) {
  const put = database.prepare<{ run: string; facts: string }>(
    `INSERT OR REPLACE INTO places (run, facts, checksum) VALUES (:run, :facts, crc32('places', :run, :facts))`,
  );
  const get = database.prepare<[string], Checked<{ facts: string }>>(
    `SELECT ${withChecksum('places', 'run, facts')} FROM places WHERE run = ?`,
  );
  const remove = database.prepare<[string]>('DELETE FROM places WHERE run = ?');
  return {
    put: (run: string, facts: string): void => void put.run({ run, facts }),
    get: (run: string): string | undefined => textOf(get.get(run), 'facts', `where ${run.slice(0, 8)} was trained`),
    remove: (run: string): void => void remove.run(run),
  };
}

/** What came with studies from files: facts about their images, and where they were trained. */
export function restoredStudyTables(database: Database) {
  const putImages = database.prepare<{ id: string; facts: string }>(
    `INSERT OR REPLACE INTO knownImages (id, facts, checksum) VALUES (:id, :facts, crc32('knownImages', :id, :facts))`,
  );
  const images = database.prepare<[string], Checked<{ facts: string }>>(
    `SELECT ${withChecksum('knownImages', 'id, facts')} FROM knownImages WHERE id = ?`,
  );
  const putOrigin = database.prepare<{ study: string; facts: string }>(
    `INSERT OR REPLACE INTO studyOrigins (study, facts, checksum) VALUES (:study, :facts, crc32('studyOrigins', :study, :facts))`,
  );
  const origin = database.prepare<[string], Checked<{ facts: string }>>(
    `SELECT ${withChecksum('studyOrigins', 'study, facts')} FROM studyOrigins WHERE study = ?`,
  );
  const removeOrigin = database.prepare<[string]>('DELETE FROM studyOrigins WHERE study = ?');
  const removeUnused = database.prepare(`
    DELETE FROM knownImages
    WHERE NOT EXISTS (SELECT 1 FROM studies WHERE json_extract(protocol, '$.data.id') = knownImages.id)`);
  return {
    putImages: (id: string, facts: string): void => void putImages.run({ id, facts }),
    images: (id: string): string | undefined => textOf(images.get(id), 'facts', 'images'),
    putOrigin: (study: string, facts: string): void => void putOrigin.run({ study, facts }),
    origin: (study: string): string | undefined =>
      textOf(origin.get(study), 'facts', `where study ${study} was trained`),
    removeOrigin: (study: string): void => void removeOrigin.run(study),
    /** Removes the facts about images that no study uses any more. */
    removeUnusedImages: (): void => void removeUnused.run(),
  };
}

export function settingTable(database: Database) {
  const get = database.prepare<[string], Checked<{ value: string }>>(
    `SELECT ${withChecksum('settings', 'key, value')} FROM settings WHERE key = ?`,
  );
  const put = database.prepare<{ key: string; value: string }>(
    `INSERT OR REPLACE INTO settings (key, value, checksum) VALUES (:key, :value, crc32('settings', :key, :value))`,
  );
  return {
    get: (key: string): string | undefined => textOf(get.get(key), 'value', `the setting ${key}`),
    put: (key: string, value: string): void => void put.run({ key, value }),
  };
}

/** One column of a row that there may not be. */
const textOf = <Name extends string>(
  row: Checked<Record<Name, string>> | undefined,
  column: Name,
  what: string,
): string | undefined => row && intact(row, what)[column];
