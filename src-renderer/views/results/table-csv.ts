interface CsvTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table as RFC 4180 has it: CRLF, quotes where they must be. */
export function tableCsv({ head, rows }: CsvTable): string {
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A file's name from what it holds: `made-up-study-effects`. */
export function fileName(...parts: readonly string[]): string {
  const words = parts
    .join(' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  return words.join('-').slice(0, 100) || 'transplant';
}
