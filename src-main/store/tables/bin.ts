import type { Database } from 'better-sqlite3';
import { type Checked, intact, withChecksum } from '../checksum.ts';
import type { Binned, BinKind } from '../records.ts';

/** What was deleted and can be brought back. */
export function binTable(database: Database) {
  const put = database.prepare<Binned>(
    `INSERT OR REPLACE INTO bin (kind, id, deleted, checksum) VALUES (:kind, :id, :deleted, crc32('bin', :kind, :id, :deleted))`,
  );
  const all = database.prepare<[], Checked<Binned>>(
    `SELECT ${withChecksum('bin', 'kind, id, deleted')} FROM bin ORDER BY deleted, kind, id`,
  );
  const take = database.prepare<[BinKind, string]>('DELETE FROM bin WHERE kind = ? AND id = ?');
  const list = (): Binned[] => all.all().map((row) => intact(row, 'what was deleted'));
  return {
    put: (binned: Binned): void => void put.run(binned),
    all: list,
    /** The ids of what was deleted of a kind. */
    of: (kind: BinKind): Set<string> => new Set(list().flatMap((one) => (one.kind === kind ? [one.id] : []))),
    /** Takes something out, if it is there. */
    take: (kind: BinKind, id: string): void => void take.run(kind, id),
  };
}
