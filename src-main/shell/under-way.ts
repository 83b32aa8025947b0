import { count } from '../common/numbers.ts';
import type { Activity } from '../api/contract/activity.ts';

/** The progress of everything under way, 0..1; `unknown` if a total is not known; undefined if nothing is under way. */
export function fractionUnderWay({ study, preparing, imports }: Activity): number | 'unknown' | undefined {
  if (study) return study.fraction;
  const counted = [...(preparing ? [preparing] : []), ...imports.filter(({ state }) => state === 'running')];
  if (counted.length === 0) return undefined;
  const total = counted.reduce((sum, part) => sum + (part.total ?? Number.NaN), 0);
  if (!(total > 0)) return 'unknown';
  return Math.min(1, counted.reduce((sum, { done }) => sum + done, 0) / total);
}

/**
 * What has ended between two snapshots: a name, and a sentence that says how. Paused studies and cancelled imports are
 * left out, because the user asked for them.
 */
export function endings(before: Activity, after: Activity): { title: string; sentence: string }[] {
  return [...studyEndings(before, after), ...importEndings(before, after)];
}

function studyEndings({ study }: Activity, after: Activity) {
  if (!study || after.study || study.phase === 'pausing') return [];
  const notice = after.notices.findLast((notice) => notice.study === study.study);
  return [{ title: study.name, sentence: notice?.sentence ?? 'The study has ended.' }];
}

function importEndings(before: Activity, { imports }: Activity) {
  const running = new Set(before.imports.filter(({ state }) => state === 'running').map(({ id }) => id));
  return imports.flatMap(({ id, name, state, problem, done }) => {
    if (!running.has(id)) return [];
    if (state === 'done') return [{ title: name, sentence: `${count(done)} images were imported.` }];
    return state === 'failed' ? [{ title: name, sentence: problem ?? 'The import failed.' }] : [];
  });
}
