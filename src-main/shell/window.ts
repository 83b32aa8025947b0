import { BrowserWindow, nativeTheme, screen, type Event } from 'electron';
import { PAGE } from './address.ts';
import { COMMAND } from './channels.ts';
import { placeOnScreen, readPlace, SMALLEST, writePlace } from './window-place.ts';

export interface WindowOptions {
  /** The built preload, CommonJS. */
  readonly preload: string;
  /** The file that remembers where the window was. */
  readonly place: string;
  /** Asked before the window closes; `preventDefault` keeps it open. */
  readonly onClose: (event: Event) => void;
  readonly onCreated: (window: BrowserWindow) => void;
}

/** The ground of the page (style/tokens.css), for the moment before it paints. */
const GROUND = { light: '#f6f7f9', dark: '#14171b' };

/** The one window. It may be closed and opened again while the application stays: its page starts anew, main goes on. */
export class MainWindow {
  readonly #options: WindowOptions;
  #window: BrowserWindow | undefined;
  /** Connections of pages; for a moment there are two while a page reloads. */
  #connections = 0;
  #commands: string[] = [];

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Undefined while it is closed. */
  get electron(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Opens it, or brings it to the front. */
  show(): void {
    if (!this.#window) return this.#open();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Closes it without a question. */
  close(): void {
    if (!this.#window) return;
    this.#rememberPlace(this.#window);
    this.#window.destroy();
  }

  /** Shows it and gives its page a command: at once, or when the page is there. */
  tell(command: string): void {
    this.show();
    this.#commands.push(command);
    if (this.#connections > 0) this.#sendCommands();
  }

  /** A page has connected: it listens. Returns what to call once when it is gone. */
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
    const window = new BrowserWindow({
      ...placeOnScreen(place?.bounds, areas),
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      title: 'Transplant',
      backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
      show: false,
      webPreferences: {
        preload: this.#options.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        // Its dictionaries would come from the network.
        spellcheck: false,
      },
    });
    this.#window = window;
    if (place?.maximised) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.on('close', (event) => {
      this.#rememberPlace(window);
      this.#options.onClose(event);
    });
    window.on('closed', () => (this.#window = undefined));
    this.#options.onCreated(window);
    // It fails where the window closes before its page is there.
    window.loadURL(PAGE).catch(() => {});
  }

  #rememberPlace(window: BrowserWindow): void {
    writePlace(this.#options.place, { bounds: window.getNormalBounds(), maximised: window.isMaximized() });
  }
}
