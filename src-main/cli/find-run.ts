import type { Application } from '../app/application.ts';
import { UserError } from '../errors.ts';
import type { RunRecord, StudyRecord } from '../store/records.ts';

/** The help text of a command's argument for a training. */
export const RUN_ARGUMENT = 'STUDY/NAME such as 3f2a/baseA, or the key of a training or its beginning';

export interface FoundRun {
  readonly record: RunRecord;
  /** The study, if the reference named it. */
  readonly study?: StudyRecord;
}

/**
 * Finds a training by `STUDY/NAME`, which means that of the first replicate, or by key. Throws a UserError if there is
 * none.
 */
export function findRun({ store, home }: Application, reference: string): FoundRun {
  const [, studyReference, name] = /^(.+)\/([^/]+)$/.exec(reference) ?? [];
  const study = studyReference === undefined ? undefined : store.findStudy(studyReference);
  const record = study
    ? store
        .studyRuns(study.id)
        .filter((candidate) => candidate.name === name)
        .sort((a, b) => a.replicate - b.replicate)[0]?.record
    : store.findRun(reference);
  if (record) return { record, study };
  if (study)
    throw new UserError(
      `Study ${study.id} has no training "${name}"; see "transplant study show ${study.id} --json".`,
      { usage: true },
    );
  throw new UserError(
    `There is no training "${reference}" in ${home}; name it as STUDY/NAME, for instance ${store.studies().at(-1)?.id ?? '3f2a'}/baseA.`,
    { usage: true },
  );
}
