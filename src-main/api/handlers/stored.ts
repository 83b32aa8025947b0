import type { Desk } from '../../app/desk.ts';
import { findStoredStudy, type StoredStudy } from '../../app/stored-study.ts';
import { UserError } from '../../errors.ts';

/** Finds a study by its whole id. Throws a UserError if it is gone. */
export function storedStudy(desk: Desk, id: string): StoredStudy {
  const found = findStoredStudy(desk.application, id);
  if (found.study.id === id) return found;
  throw new UserError(`There is no study ${id} in ${desk.home}: it may have been deleted.`);
}
