import { Notification, powerSaveBlocker } from 'electron';
import type { Activity } from '../api/contract/activity.ts';
import { endings, fractionUnderWay } from './under-way.ts';
import type { MainWindow } from './window.ts';

export interface ProgressOptions {
  readonly window: MainWindow;
  /** Everything under way, each time it changes. */
  readonly activities: AsyncIterable<Activity>;
  /** Nothing is under way, and no message stands that would open the window. */
  readonly onIdle: () => void;
}

/** Shows the system what is under way: on the task bar, as a reason not to sleep, and as a message when it has ended. */
export async function showProgress({ window, activities, onIdle }: ProgressOptions): Promise<void> {
  const awake = new Awake();
  let before: Activity | undefined;
  try {
    for await (const activity of activities) {
      const fraction = fractionUnderWay(activity);
      showOnTaskBar(window, fraction);
      awake.keep(fraction !== undefined);
      const ended = before ? endings(before, activity) : [];
      if (!window.electron?.isFocused()) for (const ending of ended) notify(ending, window, onIdle);
      if (fraction === undefined && standing.size === 0) onIdle();
      before = activity;
    }
  } finally {
    awake.keep(false);
  }
}

function showOnTaskBar({ electron }: MainWindow, fraction: ReturnType<typeof fractionUnderWay>): void {
  if (fraction === 'unknown') electron?.setProgressBar(2, { mode: 'indeterminate' });
  else electron?.setProgressBar(fraction ?? -1);
}

/** Keeps the machine from suspending, not its screen from going dark. */
class Awake {
  #blocker: number | undefined;

  keep(awake: boolean): void {
    if (awake) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#blocker !== undefined) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = undefined;
    }
  }
}

/** Messages that stand: one that is garbage collected no longer hears its click. */
const standing = new Set<Notification>();

function notify(
  { title, sentence }: { title: string; sentence: string },
  window: MainWindow,
  onIdle: () => void,
): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body: sentence });
  const gone = () => {
    standing.delete(notification);
    if (standing.size === 0) onIdle();
  };
  standing.add(notification);
  notification.on('click', () => {
    window.show();
    gone();
  });
  notification.on('close', gone);
  notification.on('failed', gone);
  notification.show();
}
