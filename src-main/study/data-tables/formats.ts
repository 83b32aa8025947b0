import { parquetWriteBuffer } from 'hyparquet-writer';
import { csv } from '../../common/csv.ts';
import { programVersion } from '../../process/program.ts';
import { type Cell, type ColumnType, type DataTable, rowCount } from './table.ts';

/** Names first, then the rows; nothing is an empty field. */
export function csvOf(table: Pick<DataTable, 'columns'>): string {
  const { columns } = table;
  const rows = Array.from({ length: rowCount(table) }, (_, row) => columns.map(({ cells }) => cells[row] ?? ''));
  return csv([columns.map(({ name }) => name), ...rows]);
}

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
  // Zero has no sign, as in the CSV. The library stores equal values once, so all zeros would get the sign of the first.
  return cell === 0 ? 0 : cell;
}
