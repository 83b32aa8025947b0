import type { Database } from 'better-sqlite3';
import type { StudyStatus } from '../../common/run-state.ts';
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
  const all = database.prepare<[], ImageSetRecord>(
    `SELECT ${IMAGE_SET_COLUMNS} FROM imageSets ORDER BY created, number`,
  );
  const remove = database.prepare<[string]>('DELETE FROM imageSets WHERE id = ?');
  return {
    remove: (id: string): void => void remove.run(id),
    put: (record: ImageSetRecord): void => void put.run(record),
    all: (): ImageSetRecord[] => all.all(),
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
  const all = database.prepare<[], StudyRecord>(`SELECT ${STUDY_COLUMNS} FROM studies ORDER BY created, number`);
  const get = database.prepare<[string], StudyRecord>(`SELECT ${STUDY_COLUMNS} FROM studies WHERE id = ?`);
  // A study that goes on has no end. Adding seconds to one that has ended keeps its end.
  const update = database.prepare(`
    UPDATE studies SET
      finished = coalesce(:finished, CASE WHEN :status IN ('finished', 'failed') THEN finished END),
      status = :status,
      seconds = seconds + :addSeconds
    WHERE id = :id`);
  const stopRunning = database.prepare("UPDATE studies SET status = 'stopped' WHERE status = 'running'");
  const remove = database.prepare<[string]>('DELETE FROM studies WHERE id = ?');
  return {
    /** Adds a study. A stored study of the same id, which has the same protocol, stays as it is. */
    add(record: StudyRecord): void {
      const stored = get.get(record.id);
      if (stored === undefined) insert.run(record);
      else if (stored.protocol !== record.protocol)
        throw new Error(`study ${record.id} is stored with another protocol`);
    },
    remove(id: string): void {
      if (remove.run(id).changes === 0) throw new Error(`no study ${id}`);
    },
    stopRunning: (): void => void stopRunning.run(),
    all: (): StudyRecord[] => all.all(),
    update(id: string, { status, finished = undefined, addSeconds = 0 }: StudyChange): void {
      const { changes } = update.run({ id, status, finished: finished ?? null, addSeconds });
      if (changes === 0) throw new Error(`no study ${id}`);
    },
  };
}

const STUDY_RUN_COLUMNS = 'study, run, replicate, name, kind, n, target';

export function studyRunTable(database: Database) {
  const insert = database.prepare<StudyRunRecord>(`
    INSERT INTO studyRuns (${STUDY_RUN_COLUMNS}, position)
    VALUES (:study, :run, :replicate, :name, :kind, :n, :target,
      (SELECT count(*) FROM studyRuns WHERE study = :study))`);
  const get = database.prepare<[string, number, string], StudyRunRecord>(
    `SELECT ${STUDY_RUN_COLUMNS} FROM studyRuns WHERE study = ? AND replicate = ? AND name = ?`,
  );
  const of = database.prepare<[string], StudyRunRecord>(
    `SELECT ${STUDY_RUN_COLUMNS} FROM studyRuns WHERE study = ? ORDER BY position`,
  );
  const remove = database.prepare<[string]>('DELETE FROM studyRuns WHERE study = ?');
  const withRun = database.prepare<[string], string>('SELECT study FROM studyRuns WHERE run = ? LIMIT 1').pluck();
  return {
    /** Adds a run's place in a study. A place that the run has already stays as it is. */
    add(record: StudyRunRecord): void {
      const stored = get.get(record.study, record.replicate, record.name);
      if (stored === undefined) insert.run(record);
      else if (stored.run !== record.run)
        throw new Error(`${record.name} of replicate ${record.replicate} is another run in study ${record.study}`);
    },
    /** The places of a study, in the order in which they were added. */
    of: (study: string): StudyRunRecord[] => of.all(study),
    remove: (study: string): void => void remove.run(study),
    /** The id of a study that has this run; undefined if none has. */
    withRun: (run: string): string | undefined => withRun.get(run),
  };
}

/** What cheap predictors say about transfers, by the two bases that it comes from. */
export function predictionTable(database: Database) {
  const put = database.prepare<[string, string, string]>(
    'INSERT OR REPLACE INTO predictions (source, own, facts) VALUES (?, ?, ?)',
  );
  const get = database.prepare<[string, string], string>('SELECT facts FROM predictions WHERE source = ? AND own = ?');
  const remove = database.prepare<[string, string]>('DELETE FROM predictions WHERE source = ? OR own = ?');
  return {
    put: (source: string, own: string, facts: string): void => void put.run(source, own, facts),
    get: (source: string, own: string): string | undefined => get.pluck().get(source, own),
    /** Removes all predictions that come from a run. */
    remove: (run: string): void => void remove.run(run, run),
  };
}

/** What came with studies from files: facts about their images, and where they were trained. */
export function restoredStudyTables(database: Database) {
  const putImages = database.prepare<[string, string]>('INSERT OR REPLACE INTO knownImages (id, facts) VALUES (?, ?)');
  const images = database.prepare<[string], string>('SELECT facts FROM knownImages WHERE id = ?').pluck();
  const putOrigin = database.prepare<[string, string]>(
    'INSERT OR REPLACE INTO studyOrigins (study, facts) VALUES (?, ?)',
  );
  const origin = database.prepare<[string], string>('SELECT facts FROM studyOrigins WHERE study = ?').pluck();
  const removeOrigin = database.prepare<[string]>('DELETE FROM studyOrigins WHERE study = ?');
  const removeUnused = database.prepare(`
    DELETE FROM knownImages
    WHERE NOT EXISTS (SELECT 1 FROM studies WHERE json_extract(protocol, '$.data.id') = knownImages.id)`);
  return {
    putImages: (id: string, facts: string): void => void putImages.run(id, facts),
    images: (id: string): string | undefined => images.get(id),
    putOrigin: (study: string, facts: string): void => void putOrigin.run(study, facts),
    origin: (study: string): string | undefined => origin.get(study),
    removeOrigin: (study: string): void => void removeOrigin.run(study),
    /** Removes the facts about images that no study uses any more. */
    removeUnusedImages: (): void => void removeUnused.run(),
  };
}

export function settingTable(database: Database) {
  const get = database.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const put = database.prepare<[string, string]>('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  return {
    get: (key: string): string | undefined => get.get(key),
    put: (key: string, value: string): void => void put.run(key, value),
  };
}
