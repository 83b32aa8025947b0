/** What the surroundings of the application can do for it: the Electron shell, or the browser host with next to nothing. */
export interface Host {
  /** `window`: the Electron shell. `browser`: a page served to a local browser. */
  readonly kind: 'window' | 'browser';
  /** A dialog of the system; absent where there is none. Null: closed without a choice. */
  readonly choose?: (what: 'folder' | 'archive' | 'weights' | 'destination') => Promise<string | null>;
  /** Shows a file in the system's file manager; absent where there is none. */
  readonly show?: (path: string) => void;
}
