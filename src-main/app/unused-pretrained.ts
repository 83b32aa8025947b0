import { removePretrained } from '../store/cleanup.ts';
import type { Home } from './opened-home.ts';

/** Where the window remembers the study that is being put together (src-renderer/state/draft.svelte.ts). */
const DRAFT = 'draft';

/** Deletes kept pretrained networks that belong to no study, and not to the one that is being put together. */
export function removeUnusedPretrained({ home, store }: Home): void {
  let naming: string[] | undefined;
  removePretrained(home, (sha256) => {
    // Where there is none, as in most homes, no study is read.
    naming ??= [...store.studies().map(({ protocol }) => protocol), store.setting(DRAFT) ?? ''];
    // A hash stands in JSON for nothing else.
    return naming.some((text) => text.includes(sha256));
  });
}
