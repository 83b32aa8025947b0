/** Several measurements of one thing, and three numbers that tell of them. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** In the order in which they were measured. */
  readonly blocks: readonly number[];
}

/** Of at least one value; the median of an even number is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1)!, blocks: values };
}

/** A mean and how far chance alone moves it. */
export interface Mean {
  readonly mean: number;
  readonly standardError: number;
}

/** Of at least one value; of a single one nothing is known about chance: NaN, in JSON null. */
export function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/**
 * a / b of each block: what was measured one after the other is compared, so that a machine that is slow for a while is
 * slow for both.
 */
export function ratios(a: readonly number[], b: readonly number[]): Spread {
  if (a.length !== b.length) throw new RangeError(`${a.length} blocks can't be compared with ${b.length}`);
  return spreadOf(a.map((value, block) => value / b[block]));
}

/** The one with the highest median; the first of equal ones. Undefined where there is none. */
export function best<T>(candidates: readonly T[], values: (candidate: T) => readonly number[]): T | undefined {
  const median = (candidate: T) => spreadOf(values(candidate)).median;
  return candidates.toSorted((a, b) => median(b) - median(a))[0];
}

/** `1.23 (1.10 to 1.31)` */
export const shown = ({ median, min, max }: Omit<Spread, 'blocks'>, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

/** Columns of plain text, indented. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd());
}
