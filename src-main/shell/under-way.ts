import type { Activity } from '../api/contract/activity.ts';

/** How far everything under way is, 0..1; `unknown` while nobody can say; undefined: nothing is under way. */
export function fractionUnderWay({ study, preparing, imports }: Activity): number | 'unknown' | undefined {
  if (study) return study.fraction;
  const counted = [...(preparing ? [preparing] : []), ...imports.filter(({ state }) => state === 'running')];
  if (counted.length === 0) return undefined;
  const total = counted.reduce((sum, part) => sum + (part.total ?? Number.NaN), 0);
  if (!(total > 0)) return 'unknown';
  return Math.min(1, counted.reduce((sum, { done }) => sum + done, 0) / total);
}

/** What has ended between two looks: a name, and how it ended. Paused studies and cancelled imports are no news. */
export function endings(before: Activity, after: Activity): { title: string; sentence: string }[] {
  return [...studyEndings(before, after), ...importEndings(before, after)];
}

function studyEndings({ study }: Activity, after: Activity) {
  if (!study || after.study || study.phase === 'pausing') return [];
  const told = after.notices.findLast((notice) => notice.study === study.study);
  return [{ title: study.name, sentence: told?.sentence ?? 'The study has ended.' }];
}

function importEndings(before: Activity, { imports }: Activity) {
  const running = new Set(before.imports.filter(({ state }) => state === 'running').map(({ id }) => id));
  return imports.flatMap(({ id, name, state, problem, done }) => {
    if (!running.has(id)) return [];
    if (state === 'done') return [{ title: name, sentence: `${done.toLocaleString('en')} images are imported.` }];
    return state === 'failed' ? [{ title: name, sentence: problem ?? 'The import failed.' }] : [];
  });
}
