import type { Activity } from './contract/activity.ts';
import { count } from './numbers.ts';

/** What a person who looks elsewhere is told. */
export interface Ending {
  readonly title: string;
  readonly sentence: string;
}

/**
 * What has ended between two snapshots: a name, and a sentence that says how. Paused studies and cancelled imports are
 * left out, because the user asked for them.
 */
export function endings(before: Activity, after: Activity): Ending[] {
  return [...studyEndings(before, after), ...importEndings(before, after)];
}

function studyEndings({ study }: Activity, after: Activity) {
  if (!study || after.study || study.phase === 'pausing') return [];
  const notice = after.notices.findLast((notice) => notice.study === study.study);
  return [{ title: study.name, sentence: notice?.sentence ?? 'The study has ended.' }];
}

/** One that began after the first snapshot has ended since then, too. */
function importEndings(before: Activity, { imports }: Activity) {
  const ended = new Set(before.imports.filter(({ state }) => state !== 'running').map(({ id }) => id));
  return imports.flatMap(({ id, name, state, problem, done }) => {
    if (ended.has(id)) return [];
    if (state === 'done') return [{ title: name, sentence: `${count(done)} images were imported.` }];
    return state === 'failed' ? [{ title: name, sentence: problem ?? 'The import failed.' }] : [];
  });
}
