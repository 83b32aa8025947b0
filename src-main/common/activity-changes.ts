import type { Activity, RunSummary } from './contract/activity.ts';

const placeOf = ({ replicate, name }: RunSummary): string => `${replicate} ${name}`;

/**
 * What a reader of an earlier snapshot does not know: of the runs of the same study those that have changed. A study of hundreds of
 * trainings is a hundred kilobytes, of which five times a second nearly all is as it was. Runs that haven't changed must be
 * the same objects.
 */
export function changesSince(before: Activity | undefined, now: Activity): Activity {
  if (!now.study || now.study.study !== before?.study?.study) return now;
  const known = new Set(before.study.runs);
  return { ...now, study: { ...now.study, runs: now.study.runs.filter((run) => !known.has(run)) } };
}

/** The snapshot that `changesSince` was made of, from the one before. Runs that haven't changed are the same objects. */
export function afterChanges(before: Activity | undefined, changes: Activity): Activity {
  if (!changes.study || changes.study.study !== before?.study?.study) return changes;
  if (changes.study.runs.length === 0) return { ...changes, study: { ...changes.study, runs: before.study.runs } };
  const changed = new Map(changes.study.runs.map((run) => [placeOf(run), run]));
  return {
    ...changes,
    study: { ...changes.study, runs: before.study.runs.map((run) => changed.get(placeOf(run)) ?? run) },
  };
}
