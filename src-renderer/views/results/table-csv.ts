import { csv } from '../../../src-main/common/csv.ts';

interface CsvTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const tableCsv = ({ head, rows }: CsvTable): string => csv([head, ...rows]);

/** A file's name from what it holds: `made-up-study-effects`. */
export function fileName(...parts: readonly string[]): string {
  const words = parts
    .join(' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  return words.join('-').slice(0, 100) || 'transplant';
}
