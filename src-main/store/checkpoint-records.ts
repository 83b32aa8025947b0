import type { Database } from 'better-sqlite3';
import type { CheckpointRecord } from './records.ts';

const COLUMNS = 'run, step, file, sha256, bytes, final';
type Row = Omit<CheckpointRecord, 'final'> & { final: number };

export function checkpointTable(database: Database) {
  const remove = database.prepare<[string], Row>(`DELETE FROM checkpoints WHERE run = ? RETURNING ${COLUMNS}`);
  const insert = database.prepare<Row>(
    `INSERT INTO checkpoints (${COLUMNS}) VALUES (:run, :step, :file, :sha256, :bytes, :final)`,
  );
  const of = database.prepare<[string], Row>(
    `SELECT ${COLUMNS} FROM checkpoints WHERE run = ? ORDER BY step DESC LIMIT 1`,
  );
  const all = database.prepare<[], Row>(`SELECT ${COLUMNS} FROM checkpoints ORDER BY file`);
  return {
    /** Replaces the run's checkpoint. Returns the earlier ones whose files are no longer referred to. */
    replace(checkpoint: CheckpointRecord): CheckpointRecord[] {
      const superseded = this.remove(checkpoint.run);
      insert.run({ ...checkpoint, final: Number(checkpoint.final) });
      // A step that is written again has the same file name, and its file is the new one.
      return superseded.filter(({ file }) => file !== checkpoint.file);
    },
    /** Returns the removed checkpoints. */
    remove: (run: string): CheckpointRecord[] => remove.all(run).map(recordOf),
    of(run: string): CheckpointRecord | undefined {
      const row = of.get(run);
      return row && recordOf(row);
    },
    all: (): CheckpointRecord[] => all.all().map(recordOf),
  };
}

const recordOf = (row: Row): CheckpointRecord => ({ ...row, final: row.final === 1 });
