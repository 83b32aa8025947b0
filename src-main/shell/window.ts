import {
  BrowserWindow,
  dialog,
  type Event,
  nativeTheme,
  type OpenDialogOptions,
  screen,
  session,
  shell,
} from 'electron';
import type { Host } from '../api/implement.ts';
import { NETWORK_FORMATS } from '../common/choices.ts';
import { COMMAND, PAGE } from './address.ts';
import { type Bounds, Distance, placeOnScreen, readPlace, SMALLEST, writePlace } from './window-place.ts';

export interface WindowOptions {
  /** The file of the built preload, which is CommonJS. */
  readonly preload: string;
  /** The file that remembers where the window was. */
  readonly place: string;
  /** Called before the window closes; `preventDefault` keeps it open. */
  readonly onClose: (event: Event) => void;
  readonly onCreated: (window: BrowserWindow) => void;
}

/** The background of the page (style/tokens.css), for the moment before it is drawn. */
const BACKGROUND = { light: '#f6f7f9', dark: '#14171b' };

/** The only window. It may be closed and opened again while the main process goes on; its page then starts afresh. */
export class MainWindow {
  readonly #options: WindowOptions;
  #window: BrowserWindow | undefined;
  /** How many pages are connected; for a moment there are two while a page reloads. */
  #connections = 0;
  #commands: string[] = [];
  /** Of the window that is open. */
  #distance: Distance | undefined;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Electron's window; undefined while it is closed. */
  get electron(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Opens the window, or brings it to the front. */
  show(): void {
    if (!this.#window) return this.#open();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Closes the window without asking. */
  close(): void {
    if (!this.#window) return;
    this.#rememberPlace(this.#window);
    this.#window.destroy();
  }

  /** Shows the window and sends its page a command, at once or when the page has connected. */
  send(command: string): void {
    this.show();
    this.#commands.push(command);
    if (this.#connections > 0) this.#sendCommands();
  }

  /** Called when a page has connected and listens. Returns a function to call once when it has disconnected. */
  connected(): () => void {
    this.#connections += 1;
    this.#sendCommands();
    return () => (this.#connections -= 1);
  }

  #sendCommands(): void {
    for (const command of this.#commands.splice(0)) this.#window?.webContents.send(COMMAND, command);
  }

  #open(): void {
    const place = readPlace(this.#options.place);
    const main = screen.getPrimaryDisplay();
    const others = screen.getAllDisplays().filter(({ id }) => id !== main.id);
    const areas = [main, ...others].map(({ workArea }) => workArea);
    const bounds = placeOnScreen(place?.bounds, areas);
    const window = new BrowserWindow({
      ...bounds,
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      title: 'Transplant',
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      show: false,
      webPreferences: {
        preload: this.#options.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        // The spell checker would load its dictionaries from the network.
        spellcheck: false,
      },
    });
    this.#window = window;
    this.#distance = distanceOf(window, bounds, place?.maximised ?? false);
    if (place?.maximised) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.on('close', (event) => {
      this.#rememberPlace(window);
      this.#options.onClose(event);
    });
    window.on('closed', () => (this.#window = undefined));
    this.#options.onCreated(window);
    // This fails if the window closes before its page is loaded.
    window.loadURL(PAGE).catch(() => {});
  }

  #rememberPlace(window: BrowserWindow): void {
    const bounds = this.#distance!.without(window.getNormalBounds());
    writePlace(this.#options.place, { bounds, maximised: window.isMaximized() });
  }
}

/** Measures it while the window appears at its place: when it is shown or, if it opens maximised, when it no longer is. */
function distanceOf(window: BrowserWindow, asked: Bounds, maximised: boolean): Distance {
  const distance = new Distance(asked);
  const appears = () => distance.appeared(performance.now());
  // Electron's types have one signature for each event.
  if (maximised) window.once('unmaximize', appears);
  else window.once('show', appears);
  window.on('move', () => {
    if (!window.isMaximized() && !window.isMinimized() && !window.isFullScreen())
      distance.moved(window.getBounds(), performance.now());
  });
  return distance;
}

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
      { name: 'Networks', extensions: [...NETWORK_FORMATS, 'pth', 'pt', 'th', 'bin', 'keras', 'h5'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  destination: {
    title: 'Choose where to save',
    buttonLabel: 'Save here',
    properties: ['openDirectory', 'createDirectory'],
  },
};

/** Names the dialog in which a person says where to save what the page offers; its title would be an address. Called after `ready`. */
export function nameSaveDialogs(): void {
  session.defaultSession.on('will-download', (_event, item) =>
    item.setSaveDialogOptions({ title: `Save ${item.getFilename()}` }),
  );
}

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
