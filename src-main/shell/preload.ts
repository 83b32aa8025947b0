import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge } from '../api/bridge.ts';
import { COMMAND, CONNECT } from './channels.ts';

/**
 * All that the page gets of Electron: a way to hand main its end of a MessageChannel, paths of dropped files, and commands
 * of the menu. Runs sandboxed, in a world of its own beside the page.
 */

// Commands may come before the page listens: a path that the application was started with.
const waiting: string[] = [];
let listener = (command: string): void => void waiting.push(command);
ipcRenderer.on(COMMAND, (_event, command: string) => listener(command));

contextBridge.exposeInMainWorld('transplant', {
  pathOf: (file) => webUtils.getPathForFile(file),
  onMenu(listen) {
    listener = listen;
    for (const command of waiting.splice(0)) listen(command);
  },
} satisfies Bridge);

window.addEventListener('message', (event) => {
  if (!isConnect(event.data)) return;
  const own = event.source === window && event.origin === location.origin;
  if (own && event.ports.length === 1) return ipcRenderer.postMessage(CONNECT, null, [event.ports[0]]);
  // A frame, or another window: its end of the channel closes, so that it doesn't wait for an answer.
  for (const port of event.ports) port.close();
});

function isConnect(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { type?: unknown }).type === CONNECT;
}
