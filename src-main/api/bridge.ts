/** The functions that the preload of the Electron shell gives the page as `window.transplant`; absent in a browser. */
export interface Bridge {
  /** The path of a file that was dropped or chosen; empty if it has none. */
  pathOf(file: File): string;
  /**
   * Listens to the commands of the native menu, and to `open:<path>` for files that were opened with the application.
   */
  onMenu(listener: (command: string) => void): void;
}
