/** The few modules of Electron that the shell uses, as far as it uses them. The page is one in Chromium. */
export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export { dialog, Menu, nativeTheme, Notification, powerMonitor, powerSaveBlocker, screen, shell } from './desktop.ts';
export { ipcMain, MessageChannelMain } from './ports.ts';
export { protocol, session } from './session.ts';
import './control.ts';
