import type { Database } from 'better-sqlite3';
import type { EvaluationPoint } from './records.ts';

type Row = Omit<EvaluationPoint, 'loss'> & { loss: number | null };

export function evaluationTable(database: Database) {
  const put = database.prepare<EvaluationPoint & { run: string }>(`
    INSERT OR REPLACE INTO evaluations (run, step, loss, correct, total)
    VALUES (:run, :step, :loss, :correct, :total)`);
  const truncate = database.prepare<[string, number]>('DELETE FROM evaluations WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Row>(
    'SELECT step, loss, correct, total FROM evaluations WHERE run = ? ORDER BY step',
  );
  return {
    put(run: string, { step, loss, correct, total }: EvaluationPoint): void {
      put.run({ run, step, loss, correct, total });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): EvaluationPoint[] => of.all(run).map((row) => ({ ...row, loss: row.loss ?? NaN })),
  };
}
