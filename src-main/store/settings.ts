import type { Database } from 'better-sqlite3';

export function settingTable(database: Database) {
  const get = database.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const put = database.prepare<[string, string]>('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  return {
    get: (key: string): string | undefined => get.get(key),
    put: (key: string, value: string): void => void put.run(key, value),
  };
}
