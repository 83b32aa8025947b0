import { rowCount, type Cell, type DataTable } from './table.ts';

/** RFC 4180: names first, CRLF, quotes where they must be. */
export function csvOf(table: Pick<DataTable, 'columns'>): string {
  const { columns } = table;
  const rows = Array.from({ length: rowCount(table) }, (_, row) => columns.map(({ cells }) => cells[row]));
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: Cell): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
