import { app, dialog, type BrowserWindow } from 'electron';
import { RECOVERED_PAGE } from './address.ts';
import { CrashLimit } from './crash-limit.ts';

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
