import type { Database } from 'better-sqlite3';
import type { CurvePoint } from './records.ts';

const NUMBERS = ['loss', 'accuracy', 'learningRate'] as const;
type Row = { step: number } & Record<(typeof NUMBERS)[number], number | null>;

export function curveTable(database: Database) {
  const put = database.prepare<CurvePoint & { run: string }>(`
    INSERT OR REPLACE INTO curvePoints (run, step, loss, accuracy, learningRate)
    VALUES (:run, :step, :loss, :accuracy, :learningRate)`);
  const truncate = database.prepare<[string, number]>('DELETE FROM curvePoints WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Row>(
    'SELECT step, loss, accuracy, learningRate FROM curvePoints WHERE run = ? ORDER BY step',
  );
  return {
    put(run: string, { step, loss, accuracy, learningRate }: CurvePoint): void {
      put.run({ run, step, loss, accuracy, learningRate });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): CurvePoint[] => of.all(run).map(pointOf),
  };
}

/** SQLite stores NaN as NULL. It is read back as NaN, so that a diverged training shows as one. */
function pointOf(row: Row): CurvePoint {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, row[name] ?? NaN]));
  return { step: row.step, ...numbers } as CurvePoint;
}
