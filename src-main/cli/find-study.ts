import type { Application } from '../app/application.ts';
import { UserError } from '../errors.ts';
import type { StudyRecord } from '../store/records.ts';

/** Finds a study by its id, the beginning of it, or its name. Throws a UserError if there is none. */
export function findStudy({ store, home }: Application, reference: string): StudyRecord {
  const study = store.findStudy(reference);
  if (study) return study;
  throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
}

/** A study's record with the protocol as an object instead of JSON text. */
export const withParsedProtocol = (study: StudyRecord) => ({
  ...study,
  protocol: JSON.parse(study.protocol) as unknown,
});
