import fc from 'fast-check';
import { parquetReadObjects, parquetSchema, parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { dataTables } from '../../src-main/study/data-tables/all.ts';
import { csvOf, parquetOf } from '../../src-main/study/data-tables/formats.ts';
import { rowCount, type Cell, type Column, type DataTable } from '../../src-main/study/data-tables/table.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { analyseFirstLayers } from '../../src-main/study/analysis/first-layer.ts';
import { parseCsv } from './parse-csv.ts';
import { madeUpStudy } from './report-made-up.ts';

const bufferOf = (table: Pick<DataTable, 'columns' | 'title'>): ArrayBuffer => Uint8Array.from(parquetOf(table)).buffer;

/** Rows of a table as another program reads them out of its Parquet file. */
const readParquet = (table: Pick<DataTable, 'columns' | 'title'>): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: bufferOf(table) });

function asRead(cell: Cell, type: Column['type']): unknown {
  if (cell === null || cell === undefined) return null;
  return type === 'integer' ? BigInt(cell) : cell;
}

const rowsOf = ({ columns }: Pick<DataTable, 'columns'>) =>
  Array.from({ length: rowCount({ columns }) }, (_, row) =>
    Object.fromEntries(columns.map(({ name, type, cells }) => [name, asRead(cells[row], type)])),
  );

const CELLS = {
  text: fc.string({ unit: 'grapheme' }),
  integer: fc.maxSafeInteger(),
  number: fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -0)),
};

/** Up to six columns of any types, with gaps. */
const tables = fc
  .tuple(fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,8}$/), { minLength: 1, maxLength: 6 }), fc.nat({ max: 40 }))
  .chain(([names, rows]) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .constantFrom('text' as const, 'integer' as const, 'number' as const)
          .chain((type) =>
            fc
              .array(fc.option<Cell>(CELLS[type]), { minLength: rows, maxLength: rows })
              .map((cells): Column => ({ name, type, cells })),
          ),
      ),
    ),
  );

describe('tables for programs', () => {
  it('come back from Parquet as they were, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        const unsigned = columns.map((column) => ({
          ...column,
          cells: column.cells.map((cell) => (cell === 0 ? 0 : cell)),
        }));
        expect(await readParquet({ columns, title: 'any' })).toEqual(rowsOf({ columns: unsigned }));
      }),
    );
  });

  it('come back from CSV as they were, but that nothing and an empty text are the same', () => {
    fc.assert(
      fc.property(tables, (columns) => {
        const [head, ...rows] = parseCsv(csvOf({ columns }));
        expect(head).toEqual(columns.map(({ name }) => name));
        expect(rows).toEqual(
          Array.from({ length: rowCount({ columns }) }, (_, row) =>
            columns.map(({ cells }) => String(cells[row] ?? '')),
          ),
        );
      }),
    );
  });

  it('are no formulas to a spreadsheet, which reads CSV as if it were typed; numbers stay numbers', () => {
    const names = [
      '=HYPERLINK("http://x")',
      '+cat',
      '-1+1',
      '@SUM(A1)',
      '\t=1',
      "'=1",
      "'tis",
      'a=b',
      '-1.5',
      '\uff1d1',
      '\n=1',
    ];
    const columns = [
      { name: 'class', type: 'text' as const, cells: names },
      { name: 'points', type: 'number' as const, cells: names.map((_, i) => -i / 2) },
    ];
    const text = csvOf({ columns });
    const cells = text.split('\r\n').slice(1, -1);
    expect(cells.filter((line) => /^"?[=+\-@\t\r\n\uff1d]/.test(line))).toEqual(['-1.5,-4']);
    expect(text).toContain('"\'=HYPERLINK(""http://x"")",0\r\n');
    expect(parseCsv(text).slice(1)).toEqual(names.map((name, i) => [name, String(-i / 2)]));
  });

  const study = madeUpStudy();
  const analysis = analyse(study);
  const all = dataTables(study, analysis, { firstLayers: analyseFirstLayers(study.filters) });

  it.each(all.map((table) => [table.name, table] as const))('%s is the same in both formats', async (_, table) => {
    const rows = await readParquet(table);
    const [head, ...lines] = parseCsv(csvOf(table));
    expect(rows.length).toBe(rowCount(table));
    expect(rows.map((row) => head.map((name) => String(row[name] ?? '')))).toEqual(lines);
    // No text where a program expects numbers, and nothing that no row has.
    const schema = parquetSchema(parquetMetadata(bufferOf(table)));
    expect(schema.children.map(({ element }) => [element.name, element.type])).toEqual(
      table.columns.map(({ name, type }) => [name, { text: 'BYTE_ARRAY', integer: 'INT64', number: 'DOUBLE' }[type]]),
    );
  });

  const column = (table: string, name: string) =>
    all.find((one) => one.name === table)!.columns.find((one) => one.name === name)!.cells;

  it('have every point of every curve, and every class with its label', () => {
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    expect(column('learning', 'loss')).toEqual(study.runs.flatMap(({ curve }) => curve.map(({ loss }) => loss)));
    expect(column('evaluations', 'top1').length).toBe(sum(study.runs.map(({ evaluations }) => evaluations.length)));
    expect(column('accuracies', 'top1')).toEqual(
      analysis.curves.flatMap(({ points }) => points.map(({ accuracy }) => accuracy)),
    );
    expect(column('effects', 'low')).toEqual(
      analysis.effects.flatMap(({ points }) => points.map(({ interval }) => interval.low)),
    );
    const [{ a, b }] = study.splits;
    expect(column('classes', 'class').slice(0, a.length + b.length)).toEqual([...a, ...b]);
    expect(column('classes', 'label').slice(0, a.length)).toEqual(a.map((_, label) => label));
    expect(column('differences', 'points').every((points) => Number.isFinite(points))).toBe(true);
    expect(column('times', 'train').length).toBe(study.runs.filter(({ timing }) => timing).length);
  });

  it('are left out where there is nothing in them', () => {
    const bare = {
      ...study,
      runs: study.runs.map((run) => ({ ...run, status: 'planned' as const, curve: [], evaluations: [], timing: null })),
    };
    expect(dataTables(bare, analyse(bare)).map(({ name }) => name)).toEqual(['results', 'statements', 'classes']);
  });
});
