import type { Database } from 'better-sqlite3';

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
