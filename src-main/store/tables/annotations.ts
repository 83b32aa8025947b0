import type { Database } from 'better-sqlite3';
import { type Checked, intact, withChecksum } from '../checksum.ts';
import type { Annotation } from '../records.ts';

interface AnnotationRow {
  readonly study: string;
  readonly notes: string;
  /** JSON */
  readonly tags: string;
  readonly archived: number;
}

/** What people have written beside studies. */
export function annotationTable(database: Database) {
  const put = database.prepare<AnnotationRow>(`
    INSERT OR REPLACE INTO annotations (study, notes, tags, archived, checksum)
    VALUES (:study, :notes, :tags, :archived, crc32('annotations', :study, :notes, :tags, :archived))`);
  const get = database.prepare<[string], Checked<AnnotationRow>>(
    `SELECT ${withChecksum('annotations', 'study, notes, tags, archived')} FROM annotations WHERE study = ?`,
  );
  return {
    put(study: string, { notes, tags, archived }: Annotation): void {
      put.run({ study, notes, tags: JSON.stringify(tags), archived: Number(archived) });
    },
    of(study: string): Annotation {
      const row = get.get(study);
      if (row === undefined) return { notes: '', tags: [], archived: false };
      const { notes, tags, archived } = intact(row, `what is written beside study ${study}`);
      return { notes, tags: JSON.parse(tags) as string[], archived: archived === 1 };
    },
  };
}
