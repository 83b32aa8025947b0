import { parquetWriteBuffer } from 'hyparquet-writer';
import { programVersion } from '../places.ts';
import type { Cell, ColumnType, DataTable } from './table.ts';

const TYPES = { text: 'STRING', integer: 'INT64', number: 'DOUBLE' } as const satisfies Record<ColumnType, string>;

/** The bytes of a Parquet file (parquet.apache.org): the columns of the CSV under the same names, with types. */
export function parquetOf({ columns, title }: Pick<DataTable, 'columns' | 'title'>): Uint8Array {
  const columnData = columns.map(({ name, type, cells }) => ({
    name,
    type: TYPES[type],
    data: cells.map((cell) => valueOf(cell, type)),
  }));
  const kvMetadata = [{ key: 'title', value: title }];
  return new Uint8Array(
    parquetWriteBuffer({ columnData, kvMetadata, createdBy: `Transplant version ${programVersion()}` }),
  );
}

function valueOf(cell: Cell, type: ColumnType): string | number | bigint | null {
  if (cell === null || cell === undefined) return null;
  if (type === 'integer') return BigInt(cell);
  // Zero has no sign, as in the CSV: the library keeps each value once, and would give all zeros that of the first.
  return cell === 0 ? 0 : cell;
}
