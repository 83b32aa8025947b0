import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge } from '../common/contract/procedure.ts';
import { COMMAND, CONNECT } from './address.ts';

/**
 * Gives the page all that it gets from Electron: a way to hand main its end of a MessageChannel, the paths of dropped
 * files, and the commands of the menu. It runs in a sandbox, isolated from the page's scripts.
 */

// Commands may come before the page listens, such as a path that the application was started with.
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
  const isOwnPage = event.source === window && event.origin === location.origin;
  if (isOwnPage && event.ports.length === 1) return ipcRenderer.postMessage(CONNECT, null, [event.ports[0]]);
  // The message came from a frame or another window. Its channel is closed, so that it does not wait for an answer.
  for (const port of event.ports) port.close();
});

function isConnect(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { type?: unknown }).type === CONNECT;
}
