import type { Activity } from '../../src-main/common/contract/activity.ts';
import { endings } from '../../src-main/common/endings.ts';
import { session } from './session.svelte.ts';
import { settings } from './settings.svelte.ts';

/** Whether the page itself has to notify: in the window, main does. */
const inBrowser = (): boolean => !window.transplant;

/** Tells a person who looks elsewhere what has ended, where that is wanted and allowed. Call it while the page is set up. */
export function notifyOfEndings(): void {
  let before: Activity | undefined;
  $effect(() => {
    const { activity } = session;
    const ended = before ? endings(before, activity) : [];
    before = activity;
    if (ended.length === 0 || !inBrowser() || document.hasFocus() || !settings.values.notifications) return;
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    for (const { title, sentence } of ended) {
      // Of two pages on one home, the second one's takes the place of the first one's.
      const shown = new Notification(title, { body: sentence, tag: `${title} ${sentence}` });
      shown.onclick = () => {
        window.focus();
        shown.close();
      };
    }
  });
}

/** Asks the browser whether it may notify; the window needs no permission. Resolves to whether it may. */
export async function mayNotify(): Promise<boolean> {
  if (!inBrowser()) return true;
  return 'Notification' in window && (await Notification.requestPermission()) === 'granted';
}
