/** What is no number travels as null: JSON has none for it. */
export const numberOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
