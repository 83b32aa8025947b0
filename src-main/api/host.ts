/**
 * What the host of the page offers: the Electron shell has dialogs and a file manager, the browser host has neither.
 */
export interface Host {
  /** `window`: the Electron shell. `browser`: a page served to a local browser. */
  readonly kind: 'window' | 'browser';
  /** Shows a dialog of the system; null if it was closed without a choice. Absent if there are no dialogs. */
  readonly choose?: (what: 'folder' | 'archive' | 'weights' | 'destination') => Promise<string | null>;
  /** Shows a file in the system's file manager. Absent if there is none. */
  readonly show?: (path: string) => void;
}
