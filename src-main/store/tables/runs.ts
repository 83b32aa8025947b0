import type { Database } from 'better-sqlite3';
import type { RunStatus } from '../../common/run-state.ts';
import { type Checked, intact, withChecksum } from '../checksum.ts';
import type { CheckpointRecord, NewRun, RunRecord } from '../records.ts';

const RUN_COLUMNS = `key, identity, seed, status, steps, step, correct, total, loss, error, engineVersion, threads, started,
  finished, seconds, timing, attempts`;

export type RunChange = Partial<Omit<RunRecord, 'key' | 'identity' | 'seed'>>;

/** The statuses that may follow each status. None follows `finished`, as its numbers are in reports and other runs. */
const NEXT: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  planned: ['planned', 'running', 'stopped', 'failed'],
  running: ['running', 'stopped', 'finished', 'failed'],
  stopped: ['running', 'stopped', 'failed'],
  failed: ['running', 'stopped', 'failed'],
  finished: ['finished'],
};
const RESULTS = ['steps', 'step', 'correct', 'total', 'loss'] as const;

export function runTable(database: Database) {
  const insert = database.prepare<NewRun>(`
    INSERT INTO runs (key, identity, seed, status, steps, step, seconds, attempts)
    VALUES (:key, :identity, :seed, 'planned', :steps, 0, 0, 0)`);
  const seal = database.prepare<[string]>(`UPDATE runs SET checksum = crc32('runs', ${RUN_COLUMNS}) WHERE key = ?`);
  const select = `SELECT ${withChecksum('runs', RUN_COLUMNS)} FROM runs`;
  const find = database.prepare<[string], Checked<RunRecord>>(`${select} WHERE key = ?`);
  const recordOf = (row: Checked<RunRecord>): RunRecord => intact(row, `run ${row.key.slice(0, 8)}`);
  const get = (key: string): RunRecord | undefined => {
    const row = find.get(key);
    return row && recordOf(row);
  };
  const startingWith = database.prepare<[string, string], Checked<RunRecord>>(
    `${select} WHERE substr(key, 1, length(?)) = ? ORDER BY key`,
  );
  const update = database.prepare<RunRecord>(`
    UPDATE runs SET
      status = :status, steps = :steps, step = :step, correct = :correct, total = :total, loss = :loss, error = :error,
      engineVersion = :engineVersion, threads = :threads, started = :started, finished = :finished,
      seconds = :seconds, timing = :timing, attempts = :attempts,
      checksum = crc32('runs', :key, :identity, :seed, :status, :steps, :step, :correct, :total, :loss, :error, :engineVersion,
        :threads, :started, :finished, :seconds, :timing, :attempts)
    WHERE key = :key`);
  const put = database.prepare<RunRecord>(`
    INSERT INTO runs (${RUN_COLUMNS})
    VALUES (:key, :identity, :seed, :status, :steps, :step, :correct, :total, :loss, :error, :engineVersion, :threads,
      :started, :finished, :seconds, :timing, :attempts)
    ON CONFLICT (key) DO UPDATE SET
      status = excluded.status, step = excluded.step, correct = excluded.correct, total = excluded.total,
      loss = excluded.loss, error = excluded.error, engineVersion = excluded.engineVersion,
      threads = excluded.threads, started = excluded.started, finished = excluded.finished,
      seconds = excluded.seconds, timing = excluded.timing, attempts = excluded.attempts`);
  const running = database.prepare<[], Checked<RunRecord>>(`${select} WHERE status = 'running'`);
  const forget = database.prepare<[string]>(`
    UPDATE runs SET status = 'planned', step = 0, correct = NULL, total = NULL, loss = NULL, error = NULL,
      finished = NULL, timing = NULL
    WHERE key = ?`);
  const unused = database
    .prepare<[], string>('SELECT key FROM runs WHERE key NOT IN (SELECT run FROM studyRuns) ORDER BY number')
    .pluck();
  const remove = database.prepare<[string]>('DELETE FROM runs WHERE key = ?');
  return {
    /** Adds a run. A stored run of the same key stays as it is: this is how studies share trainings. */
    add(run: NewRun): void {
      const stored = get(run.key);
      if (stored === undefined) {
        insert.run(run);
        seal.run(run.key);
      } else if (stored.identity !== run.identity) throw new Error(`run ${run.key} is stored with another identity`);
    },
    /** Replaces everything that is stored about a run except for its identity. */
    put(record: RunRecord): void {
      const { identity = record.identity, status } = get(record.key) ?? {};
      if (identity !== record.identity) throw new Error(`run ${record.key} is stored with another identity`);
      if (status === 'finished' || status === 'running') throw new Error(`run ${record.key} is ${status}`);
      put.run(record);
      seal.run(record.key);
    },
    stopRunning(): void {
      for (const row of running.all()) update.run({ ...recordOf(row), status: 'stopped' });
    },
    forget(key: string): void {
      forget.run(key);
      seal.run(key);
    },
    unused: (): string[] => unused.all(),
    remove(key: string): void {
      if (remove.run(key).changes === 0) throw new Error(`no run ${key}`);
    },
    get,
    startingWith: (prefix: string): RunRecord[] => startingWith.all(prefix, prefix).map(recordOf),
    update(key: string, change: RunChange): void {
      const before = get(key);
      if (before === undefined) throw new Error(`no run ${key}`);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const after: RunRecord = { ...before, ...given, key };
      if (!NEXT[before.status].includes(after.status))
        throw new Error(`run ${key} is ${before.status} and can't become ${after.status}`);
      const changed = before.status === 'finished' ? RESULTS.find((name) => before[name] !== after[name]) : undefined;
      if (changed) throw new Error(`run ${key} is finished: its ${changed} can't change`);
      update.run(after);
    },
  };
}

const CHECKPOINT_COLUMNS = 'run, step, file, sha256, bytes, final';
type CheckpointRow = Checked<Omit<CheckpointRecord, 'final'> & { final: number }>;

export function checkpointTable(database: Database) {
  const remove = database.prepare<[string], CheckpointRow>(
    `DELETE FROM checkpoints WHERE run = ? RETURNING ${withChecksum('checkpoints', CHECKPOINT_COLUMNS)}`,
  );
  const insert = database.prepare<CheckpointRow>(
    `INSERT INTO checkpoints (${CHECKPOINT_COLUMNS}, checksum)
     VALUES (:run, :step, :file, :sha256, :bytes, :final, crc32('checkpoints', :run, :step, :file, :sha256, :bytes, :final))`,
  );
  const of = database.prepare<[string], CheckpointRow>(
    `SELECT ${withChecksum('checkpoints', CHECKPOINT_COLUMNS)} FROM checkpoints WHERE run = ? ORDER BY step DESC LIMIT 1`,
  );
  const all = database.prepare<[], CheckpointRow>(
    `SELECT ${withChecksum('checkpoints', CHECKPOINT_COLUMNS)} FROM checkpoints ORDER BY file`,
  );
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

/** The hash of no file. */
export const NO_HASH = '';

/**
 * A row that is not what was written vouches for no file: its hash is that of none, so that what it names counts as damaged,
 * is told as such, and can be trained again.
 */
const recordOf = ({ intact: mark, ...row }: CheckpointRow): CheckpointRecord => {
  const record = { ...row, final: row.final === 1 };
  if (mark === 1) return record;
  const own = new RegExp(`^checkpoints/${row.run}/step-\\d+\\.safetensors$`);
  const file = own.test(row.file) ? row.file : `checkpoints/${row.run}/unknown`;
  return { ...record, file, sha256: NO_HASH };
};
