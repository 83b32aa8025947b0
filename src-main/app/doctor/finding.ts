/** One thing that was looked at. Its text is a sentence or two: what there is and, where needed, what to do. */
export interface Finding {
  readonly name: string;
  /** `problem`: Transplant can't work so; `note`: worth knowing; both say what to do where something can be done. */
  readonly status: 'ok' | 'note' | 'problem';
  readonly text: string;
}
