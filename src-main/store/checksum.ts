import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';

/**
 * Every row carries the CRC-32 of its table's name and its values. SQLite has no checksums: a bit that flips on the disk would be another
 * accuracy or another name, and nobody would know. CRC-32 tells every flipped bit and every burst of up to 32 of them; the
 * name tells a page that lies in the place of another table's.
 */
export function defineChecksum(database: Database): void {
  database.function('crc32', { varargs: true, deterministic: true, directOnly: true }, checksumOf);
}

/** @param values of columns, as better-sqlite3 gives them. Not a number and null are one, as they are in SQLite. */
function checksumOf(...values: unknown[]): number {
  return values.reduce<number>((checksum, value) => {
    if (value instanceof Uint8Array) return crc32(value, crc32(`b${value.length}:`, checksum));
    if (typeof value === 'string') return crc32(`s${value.length}:${value}`, checksum);
    return crc32(value === null ? '-' : `n${String(value)};`, checksum);
  }, 0);
}

/** The content of a row is not what was written. `storeError` makes a sentence of it. */
export class DamagedRow extends Error {}

/** Columns of a table to select, with whether they are what was written. */
export const withChecksum = (table: string, columns: string): string =>
  `${columns}, checksum = crc32('${table}', ${columns}) AS intact`;

export type Checked<Row> = Row & { readonly intact?: number | null };

/** A selected row without its mark. Throws a DamagedRow. @param what names what it is about */
export function intact<Row>(row: Checked<Row>, what: string): Row {
  const { intact: mark, ...rest } = row;
  if (mark !== 1) throw new DamagedRow(`what it has of ${what} is not what was written`);
  return rest as Row;
}
