import type { Database } from 'better-sqlite3';
import type { ImageSetRecord } from './records.ts';

const COLUMNS = 'id, name, size, classes, trainImages, heldOutImages, folder, source, created';

export function imageSetTable(database: Database) {
  // The id is a hash of the content, so importing the same images again renames the set.
  const put = database.prepare<ImageSetRecord>(`
    INSERT INTO imageSets (${COLUMNS})
    VALUES (:id, :name, :size, :classes, :trainImages, :heldOutImages, :folder, :source, :created)
    ON CONFLICT (id) DO UPDATE SET
      name = :name, size = :size, classes = :classes, trainImages = :trainImages, heldOutImages = :heldOutImages,
      folder = :folder, source = :source, created = :created`);
  const all = database.prepare<[], ImageSetRecord>(`SELECT ${COLUMNS} FROM imageSets ORDER BY created, number`);
  const remove = database.prepare<[string]>('DELETE FROM imageSets WHERE id = ?');
  return {
    remove: (id: string): void => void remove.run(id),
    put: (record: ImageSetRecord): void => void put.run(record),
    all: (): ImageSetRecord[] => all.all(),
  };
}
