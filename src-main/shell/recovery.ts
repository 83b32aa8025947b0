import { app, dialog, type BrowserWindow } from 'electron';
import { RECOVERED_PAGE } from './address.ts';
import { CrashLimit } from './crash-limit.ts';

/** A page that crashed is loaded again and says so. Work goes on in main meanwhile, so nothing else is to be done. */
export function recoverFromCrashes(window: BrowserWindow): void {
  let limit = new CrashLimit();
  const load = () => void window.loadURL(RECOVERED_PAGE).catch(() => {});
  window.webContents.on('render-process-gone', async (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    if (limit.allows(performance.now())) return load();
    if (!(await wantsAnotherTry(window))) return app.quit();
    limit = new CrashLimit();
    if (!window.isDestroyed()) load();
  });
}

async function wantsAnotherTry(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: "Transplant's window crashed several times in a minute.",
    detail: 'What was under way goes on, and nothing is lost. If it happens again, quit Transplant and start it anew.',
    buttons: ['Try again', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 0;
}
