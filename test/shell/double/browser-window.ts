import { EventEmitter } from 'node:events';
import { app, PreventableEvent } from './app.ts';
import { WebContents } from './web-contents.ts';
import { windows } from './windows.ts';

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Options extends Partial<Bounds> {
  show?: boolean;
  webPreferences?: { preload?: string };
}

/** A window manager of X11: it answers later, and frames what it shows. Bounds are those within the frame. */
/** Milliseconds until it answers. */
const MANAGER = 20;
const FRAME = { x: 1, y: 20 };
const SCREEN: Bounds = { x: 0, y: 20, width: 1920, height: 1020 };

export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => [...windows];
  static getFocusedWindow = (): BrowserWindow | null => [...windows].find((window) => window.isFocused()) ?? null;

  readonly webContents: WebContents;
  /** What it was made with; Electron has no such field. */
  readonly options: Options;
  #bounds: Bounds;
  #focused = false;
  #maximised = false;
  #minimised = false;
  #visible: boolean;

  constructor(options: Options = {}) {
    super();
    const { x = 0, y = 0, width = 800, height = 600, show = true, webPreferences } = options;
    this.options = options;
    this.#bounds = { x, y, width, height };
    this.#visible = show;
    this.webContents = new WebContents(webPreferences?.preload ?? '/dev/null');
    this.webContents.on('ready-to-show', () => this.emit('ready-to-show'));
    windows.add(this);
  }

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url);
  isDestroyed = (): boolean => !windows.has(this);
  isVisible = (): boolean => this.#visible;
  isFocused = (): boolean => this.#focused;
  isMaximized = (): boolean => this.#maximised;
  isFullScreen = (): boolean => false;
  isMinimized = (): boolean => this.#minimised;
  getNormalBounds = () => ({ ...this.#bounds });
  getBounds = () => (this.#maximised ? { ...SCREEN } : this.getNormalBounds());

  /** A request, and true until the window manager has answered: it puts the frame there, and the window within. */
  setBounds(wanted: Partial<Bounds>): void {
    this.#move({ ...this.#bounds, ...wanted });
    this.#frame();
  }
  maximize(): void {
    if (!this.#visible) {
      this.#visible = true;
      this.emit('show');
    }
    this.#byManager(() => this.#become('maximize', () => (this.#maximised = true)));
  }
  unmaximize(): void {
    this.#byManager(() => {
      this.#become('unmaximize', () => (this.#maximised = false));
      this.#frame();
    });
  }
  minimize = (): void => this.#byManager(() => this.#become('minimize', () => (this.#minimised = true)));
  restore = (): void => this.#byManager(() => this.#become('restore', () => (this.#minimised = false)));
  setProgressBar(_progress: number, _options?: { mode: string }): void {}

  #become(event: string, change: () => void): void {
    change();
    this.emit(event);
  }
  #move(bounds: Bounds): void {
    this.#bounds = bounds;
    this.emit('move');
  }
  #frame(): void {
    this.#byManager(() => {
      const { x, y, width, height } = this.#bounds;
      if (!this.#maximised) this.#move({ x: x + FRAME.x, y: y + FRAME.y, width, height });
    });
  }
  #byManager(act: () => void): void {
    setTimeout(() => {
      if (!this.isDestroyed()) act();
    }, MANAGER);
  }

  show(): void {
    if (!this.#visible) {
      this.#visible = true;
      this.emit('show');
      this.#frame();
    }
    this.focus();
  }
  focus(): void {
    for (const window of windows) window.blur();
    this.#focused = true;
  }
  blur(): void {
    this.#focused = false;
  }

  close(): void {
    const event = new PreventableEvent();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.isDestroyed()) return;
    windows.delete(this);
    this.blur();
    void this.webContents.close();
    this.emit('closed');
    if (windows.size === 0) app.windowsAreClosed();
  }
}
