/** What the preload of the Electron shell gives the page; absent in a browser. */
interface TransplantBridge {
  /** Path of a file that was dropped or chosen; empty where it has none. */
  pathOf(file: File): string;
  /** Commands of the native menu, and `open:<path>` for what was opened with the application. */
  onMenu(listener: (command: string) => void): void;
}

interface Window {
  readonly transplant?: TransplantBridge;
}
