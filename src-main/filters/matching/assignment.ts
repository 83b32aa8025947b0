/**
 * The one-to-one assignment with the largest sum: for each row, the column that it is assigned. Throws if there are
 * fewer columns than rows. By shortest augmenting paths (Kuhn 1955; Jonker and Volgenant 1987), in rows^2 * columns
 * steps.
 */
export function bestAssignment(worth: readonly Float64Array[]): number[] {
  const rows = worth.length;
  const columns = worth[0]?.length ?? 0;
  if (worth.some((row) => row.length !== columns) || columns < rows)
    throw new RangeError(`${rows} rows can't be assigned to ${columns} columns each`);
  const rowPrices = new Float64Array(rows);
  const columnPrices = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  for (let row = 0; row < rows; row++) augment(row, worth, rowPrices, columnPrices, rowOf);
  const assigned = new Array<number>(rows);
  rowOf.forEach((row, column) => {
    if (row >= 0) assigned[row] = column;
  });
  return assigned;
}

/**
 * Assigns a column to a row, and moves earlier rows to other columns where that makes the sum larger. The prices keep
 * all reduced costs from being negative.
 */
function augment(
  start: number,
  worth: readonly Float64Array[],
  rowPrices: Float64Array,
  columnPrices: Float64Array,
  rowOf: Int32Array,
): void {
  const distance = new Float64Array(columnPrices.length).fill(Infinity);
  const before = new Int32Array(columnPrices.length).fill(-1);
  const done = new Uint8Array(columnPrices.length);
  const visited: number[] = [];
  let [row, last, reached] = [start, -1, 0];
  for (;;) {
    let nearest = -1;
    let least = Infinity;
    const [ofRow, price] = [worth[row], rowPrices[row]];
    for (let column = 0; column < done.length; column++) {
      if (done[column]) continue;
      const cost = reached - ofRow[column] - price - columnPrices[column];
      if (cost < distance[column]) {
        distance[column] = cost;
        before[column] = last;
      }
      if (distance[column] < least) {
        nearest = column;
        least = distance[column];
      }
    }
    done[nearest] = 1;
    reached = least;
    if (rowOf[nearest] < 0) {
      updatePrices(start, visited, distance, reached, rowPrices, columnPrices, rowOf);
      for (let column = nearest; column >= 0; column = before[column])
        rowOf[column] = before[column] < 0 ? start : rowOf[before[column]];
      return;
    }
    visited.push(nearest);
    [row, last] = [rowOf[nearest], nearest];
  }
}

/** Updates the prices so that all reduced costs stay at least 0 and those of the new assignment are 0. */
function updatePrices(
  start: number,
  visited: readonly number[],
  distance: Float64Array,
  reached: number,
  rowPrices: Float64Array,
  columnPrices: Float64Array,
  rowOf: Int32Array,
): void {
  rowPrices[start] += reached;
  for (const column of visited) {
    rowPrices[rowOf[column]] += reached - distance[column];
    columnPrices[column] -= reached - distance[column];
  }
}
