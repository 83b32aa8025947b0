import { EventEmitter } from 'node:events';
import { app, PreventableEvent } from './app.ts';
import { WebContents } from './web-contents.ts';
import { windows } from './windows.ts';

interface Options {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  show?: boolean;
  webPreferences?: { preload?: string };
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => [...windows];
  static getFocusedWindow = (): BrowserWindow | null => [...windows].find((window) => window.isFocused()) ?? null;

  readonly webContents: WebContents;
  /** What it was made with; Electron has no such field. */
  readonly options: Options;
  #bounds: { x: number; y: number; width: number; height: number };
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
  isMinimized = (): boolean => this.#minimised;
  getNormalBounds = () => this.#bounds;
  getBounds = () => (this.#maximised ? { x: 0, y: 0, width: 1920, height: 1040 } : this.#bounds);
  setBounds = (bounds: Partial<Options>): void => void Object.assign(this.#bounds, bounds);
  maximize = (): void => void (this.#maximised = true);
  minimize = (): void => void (this.#minimised = true);
  restore = (): void => void (this.#minimised = false);
  setProgressBar(_progress: number, _options?: { mode: string }): void {}

  show(): void {
    this.#visible = true;
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
