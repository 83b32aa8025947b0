import type { Database } from 'better-sqlite3';
import type { StudyRunRecord } from './records.ts';

const COLUMNS = 'study, run, replicate, name, kind, n, target';

export function studyRunTable(database: Database) {
  const insert = database.prepare<StudyRunRecord>(`
    INSERT INTO studyRuns (${COLUMNS}, position)
    VALUES (:study, :run, :replicate, :name, :kind, :n, :target,
      (SELECT count(*) FROM studyRuns WHERE study = :study))`);
  const get = database.prepare<[string, number, string], StudyRunRecord>(
    `SELECT ${COLUMNS} FROM studyRuns WHERE study = ? AND replicate = ? AND name = ?`,
  );
  const of = database.prepare<[string], StudyRunRecord>(
    `SELECT ${COLUMNS} FROM studyRuns WHERE study = ? ORDER BY position`,
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
