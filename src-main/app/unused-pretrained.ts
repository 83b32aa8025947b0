import { removePretrained } from '../store/cleanup.ts';
import type { Home } from './first-layer.ts';

/** Where the window remembers the study that is being put together (src-renderer/state/draft.svelte.ts). */
const DRAFT = 'draft';

/** Deletes kept pretrained networks that belong to no study, and not to the one that is being put together. */
export function removeUnusedPretrained({ home, store }: Home): void {
  // A hash stands in JSON for nothing else.
  const naming = [...store.studies().map(({ protocol }) => protocol), store.setting(DRAFT) ?? ''];
  removePretrained(home, (sha256) => naming.some((text) => text.includes(sha256)));
}
