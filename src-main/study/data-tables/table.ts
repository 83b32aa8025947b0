import { areNamed, nameAt, type Cut } from '../../common/cuts.ts';

/** A missing number is null or undefined: an empty field in CSV, a null in Parquet, never 0. */
export type Cell = string | number | null | undefined;

/** `integer`: whole numbers within 2^53; `number`: float64, NaN and infinities among them. */
export type ColumnType = 'text' | 'integer' | 'number';

export interface Column {
  /** Lower case with `_`: the same in every format. */
  readonly name: string;
  readonly type: ColumnType;
  readonly cells: readonly Cell[];
}

/** A table of typed columns of one length, for programs. Tables for people consist of text (report/tables.ts). */
export interface DataTable {
  /** Its file name without ending: `results`. */
  readonly name: string;
  readonly title: string;
  /** What one row is, and what it says. */
  readonly about: string;
  readonly columns: readonly Column[];
}

interface ColumnOf<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => Cell;
}

/** Makes columns of rows of one kind. */
export class Columns<Row> {
  readonly #columns: ColumnOf<Row>[] = [];

  text(name: string, value: (row: Row) => string | null | undefined): this {
    return this.#add({ name, type: 'text', value });
  }

  integer(name: string, value: (row: Row) => number | null | undefined): this {
    return this.#add({ name, type: 'integer', value });
  }

  number(name: string, value: (row: Row) => number | null | undefined): this {
    return this.#add({ name, type: 'number', value });
  }

  of(rows: readonly Row[]): Column[] {
    return this.#columns.map(({ name, type, value }) => ({ name, type, cells: rows.map(value) }));
  }

  #add(column: ColumnOf<Row>): this {
    this.#columns.push(column);
    return this;
  }
}

/** The table with the name of each cut beside its n, where names say more than numbers. A cell may have several n. */
export function withCutNames(table: DataTable, cuts: readonly Cut[]): DataTable {
  const place = table.columns.findIndex(({ name }) => name === 'n');
  if (place < 0 || !areNamed(cuts) || table.columns.some(({ name }) => name === 'layer')) return table;
  const named = (cell: Cell) =>
    String(cell ?? '')
      .split(' ')
      .flatMap((n) => nameAt(cuts, Number(n)) ?? [])
      .join(' ');
  const cells = table.columns[place].cells.map((cell) => named(cell) || null);
  return { ...table, columns: table.columns.toSpliced(place + 1, 0, { name: 'cut', type: 'text', cells }) };
}

export const rowCount = ({ columns }: Pick<DataTable, 'columns'>): number => columns[0]?.cells.length ?? 0;
