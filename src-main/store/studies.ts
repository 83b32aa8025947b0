import type { Database } from 'better-sqlite3';
import type { StudyStatus } from '../common/run-state.ts';
import type { StudyRecord } from './records.ts';

const COLUMNS = 'id, name, protocol, status, created, finished, seconds';

export interface StudyChange {
  readonly status: StudyStatus;
  readonly finished?: string;
  readonly addSeconds?: number;
}

export function studyTable(database: Database) {
  const insert = database.prepare<StudyRecord>(
    `INSERT INTO studies (${COLUMNS}) VALUES (:id, :name, :protocol, :status, :created, :finished, :seconds)`,
  );
  const all = database.prepare<[], StudyRecord>(`SELECT ${COLUMNS} FROM studies ORDER BY created, number`);
  const get = database.prepare<[string], StudyRecord>(`SELECT ${COLUMNS} FROM studies WHERE id = ?`);
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
