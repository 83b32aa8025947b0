import { Notification, powerSaveBlocker } from 'electron';
import type { Activity } from '../common/contract/activity.ts';
import { endings, type Ending } from '../common/endings.ts';
import { fractionUnderWay } from './work-under-way.ts';
import type { MainWindow } from './window.ts';

export interface ProgressOptions {
  readonly window: MainWindow;
  /** Yields everything under way each time it changes. */
  readonly activities: AsyncIterable<Activity>;
  /** Whether a person wants to be told what has ended. */
  readonly wanted: () => boolean;
  /** Called when nothing is under way and no notification is shown that would open the window. */
  readonly onIdle: () => void;
}

/**
 * Shows progress on the task bar, keeps the machine awake while work is under way, and notifies the user when it ends,
 * where that is wanted.
 */
export async function showProgress({ window, activities, wanted, onIdle }: ProgressOptions): Promise<void> {
  const sleepBlocker = new SleepBlocker();
  let before: Activity | undefined;
  try {
    for await (const activity of activities) {
      const fraction = fractionUnderWay(activity);
      showOnTaskBar(window, fraction);
      sleepBlocker.setActive(fraction !== undefined);
      const ended = before ? endings(before, activity) : [];
      if (!window.electron?.isFocused() && wanted()) for (const ending of ended) notify(ending, window, onIdle);
      if (fraction === undefined && openNotifications.size === 0) onIdle();
      before = activity;
    }
  } finally {
    sleepBlocker.setActive(false);
  }
}

function showOnTaskBar({ electron }: MainWindow, fraction: ReturnType<typeof fractionUnderWay>): void {
  if (fraction === 'unknown') electron?.setProgressBar(2, { mode: 'indeterminate' });
  else electron?.setProgressBar(fraction ?? -1);
}

/** Keeps the machine from suspending; its screen may still turn off. */
class SleepBlocker {
  #blocker: number | undefined;

  setActive(active: boolean): void {
    if (active) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#blocker !== undefined) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = undefined;
    }
  }
}

/** The notifications that are shown. They are referred to here because a garbage-collected one gets no clicks. */
const openNotifications = new Set<Notification>();

function notify({ title, sentence }: Ending, window: MainWindow, onIdle: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body: sentence });
  const onGone = () => {
    openNotifications.delete(notification);
    if (openNotifications.size === 0) onIdle();
  };
  openNotifications.add(notification);
  notification.on('click', () => {
    window.show();
    onGone();
  });
  notification.on('close', onGone);
  notification.on('failed', onGone);
  notification.show();
}
