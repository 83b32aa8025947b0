import type { Application } from '../app/application.ts';
import { UserError } from '../errors.ts';
import type { StudyRecord } from '../store/records.ts';

/** By id, its beginning, or name. Throws a UserError where there is none. */
export function findStudy({ store, home }: Application, reference: string): StudyRecord {
  const study = store.findStudy(reference);
  if (study) return study;
  throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
}

/** A study's record with its protocol as JSON rather than as a string of it. */
export const described = (study: StudyRecord) => ({ ...study, protocol: JSON.parse(study.protocol) as unknown });
