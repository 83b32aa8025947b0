import type { Store, StudyRecord, StudyRunRecord } from '../store/records.ts';

/** A training as a study knows it: its name there, and the study. */
export interface Place {
  readonly study: StudyRecord;
  readonly run: StudyRunRecord;
}

/** Where a training stands: in the study of this id, else in the newest that has it. Undefined where no study is left. */
export function placeOf(store: Store, key: string, study?: string): Place | undefined {
  const places = store.studies().flatMap((one): Place[] => {
    const run = store.studyRuns(one.id).find((candidate) => candidate.run === key);
    return run ? [{ study: one, run }] : [];
  });
  return places.find((place) => place.study.id === study) ?? places.at(-1);
}

/** How sentences call a training: by its name in a study, else by the beginning of its key. */
export const labelOf = (key: string, place?: Place): string => place?.run.name ?? `The training ${key.slice(0, 8)}`;
