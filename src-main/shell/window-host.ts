import { NETWORK_FORMATS } from '../common/choices.ts';
import { dialog, shell, type OpenDialogOptions } from 'electron';
import type { Host } from '../api/host.ts';
import type { MainWindow } from './window.ts';

type Choice = Parameters<NonNullable<Host['choose']>>[0];

const DIALOGS: Readonly<Record<Choice, OpenDialogOptions>> = {
  folder: { title: 'Choose a folder of images', buttonLabel: 'Choose', properties: ['openDirectory'] },
  archive: {
    title: 'Choose an archive of images',
    buttonLabel: 'Choose',
    properties: ['openFile'],
    filters: [
      { name: 'Archives and studies', extensions: ['zip', 'tar', 'gz', 'tgz', 'transplant'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  weights: {
    title: 'Choose a pretrained network',
    buttonLabel: 'Choose',
    properties: ['openFile'],
    filters: [
      { name: 'Networks', extensions: [...NETWORK_FORMATS] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  destination: {
    title: 'Choose where to save',
    buttonLabel: 'Save here',
    properties: ['openDirectory', 'createDirectory'],
  },
};

/** What the Electron shell offers the application: dialogs and the file manager of the system. */
export function windowHost(window: MainWindow): Host {
  return {
    kind: 'window',
    async choose(what) {
      const parent = window.electron;
      const options = DIALOGS[what];
      const { filePaths } = await (parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options));
      return filePaths[0] ?? null;
    },
    show: (path) => shell.showItemInFolder(path),
  };
}
