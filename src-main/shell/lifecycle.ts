import { app, type BrowserWindow, dialog, type Event, powerMonitor } from 'electron';
import { messageOf } from '../errors.ts';
import { RECOVERED_PAGE } from './address.ts';
import type { MainWindow } from './window.ts';
import { type Busy, CrashLimit, quitAnswer, type QuitAnswer, quitQuestion } from './work-under-way.ts';

/** What ends with the application. `close` stops what is under way, stores it, and closes the home folder. */
interface Work {
  readonly busy: Busy;
  close(): Promise<void>;
}

/**
 * Ends the application. If anything is under way, the user is asked first; the work can go on in the background without
 * a window until it is done or the window is shown again.
 */
export class Lifecycle {
  readonly #work: Work;
  readonly #window: MainWindow;
  #phase: 'running' | 'asking' | 'closing' | 'closed' = 'running';

  constructor(work: Work, window: MainWindow) {
    this.#work = work;
    this.#window = window;
  }

  /**
   * Listens to everything that may end the application. Called after `ready`, as Chromium sets handlers of its own for
   * signals before.
   */
  listen(): void {
    app.on('before-quit', (event) => {
      if (this.#phase === 'closed') return;
      event.preventDefault();
      void this.#askThenQuit();
    });
    app.on('window-all-closed', () => this.quitIfIdle());
    // Here nobody can be asked: what is under way is stored, and can be resumed after a restart.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void this.#close());
    powerMonitor.on('shutdown', ((event: Event) => {
      event.preventDefault();
      void this.#close();
    }) as () => void);
  }

  /** Called when the window is about to close. Asks first if anything is under way. */
  windowCloses(event: Event): void {
    if (this.#phase === 'closed' || !quitQuestion(this.#work.busy)) return;
    event.preventDefault();
    void this.#askThenQuit();
  }

  /**
   * Quits if there is no window and nothing under way. On macOS the application stays in the dock, as is usual there.
   */
  quitIfIdle(): void {
    if (process.platform === 'darwin' || this.#window.electron || quitQuestion(this.#work.busy)) return;
    app.quit();
  }

  async #askThenQuit(): Promise<void> {
    if (this.#phase !== 'running') return;
    this.#phase = 'asking';
    const answer = await this.#askWhetherToQuit();
    // A signal may have come while the question was shown.
    if ((this.#phase as string) !== 'asking') return;
    this.#phase = 'running';
    if (answer === 'stop') await this.#close();
    else if (answer === 'background') this.#window.close();
  }

  async #askWhetherToQuit(): Promise<QuitAnswer> {
    const question = quitQuestion(this.#work.busy);
    if (!question) return 'stop';
    const parent = this.#window.electron;
    const { response } = await (parent ? dialog.showMessageBox(parent, question) : dialog.showMessageBox(question));
    return quitAnswer(response);
  }

  async #close(): Promise<void> {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#phase = 'closing';
    try {
      await this.#work.close();
    } catch (error) {
      dialog.showErrorBox('Transplant could not close its home folder', messageOf(error));
    }
    this.#phase = 'closed';
    app.quit();
  }
}

/**
 * Loads a page that crashed again, which then says so. Nothing else is needed, because work goes on in the main
 * process.
 */
export function recoverFromCrashes(window: BrowserWindow): void {
  let limit = new CrashLimit();
  const load = () => void window.loadURL(RECOVERED_PAGE).catch(() => {});
  window.webContents.on('render-process-gone', async (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    if (limit.allows(performance.now())) return load();
    if (!(await asksToTryAgain(window))) return app.quit();
    limit = new CrashLimit();
    if (!window.isDestroyed()) load();
  });
}

async function asksToTryAgain(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: "Transplant's window crashed several times in a minute.",
    detail: 'Work under way goes on, and nothing is lost. If it happens again, quit Transplant and start it again.',
    buttons: ['Try again', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 0;
}
