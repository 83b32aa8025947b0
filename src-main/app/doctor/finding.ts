/** One thing that was looked at. Its text is a sentence or two: what there is and, where needed, what to do. */
export interface Finding {
  readonly name: string;
  /** `problem`: Transplant can't work so; `note`: worth knowing; both say what to do where something can be done. */
  readonly status: 'ok' | 'note' | 'problem';
  readonly text: string;
}

/** `1.5 GiB`, `120 MiB`. */
export function bytesText(bytes: number): string {
  const mebi = bytes / 2 ** 20;
  return mebi < 1024 ? `${Math.floor(mebi)} MiB` : `${(mebi / 1024).toFixed(1)} GiB`;
}
