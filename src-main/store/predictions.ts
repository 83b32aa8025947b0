import type { Database } from 'better-sqlite3';

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
