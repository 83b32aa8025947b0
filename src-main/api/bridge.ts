/** What the preload of the Electron shell gives the page as `window.transplant`; absent in a browser. */
export interface Bridge {
  /** Path of a file that was dropped or chosen; empty where it has none. */
  pathOf(file: File): string;
  /** Commands of the native menu, and `open:<path>` for what was opened with the application. */
  onMenu(listener: (command: string) => void): void;
}
