/** Pixels of a picture on the wall, and of its place: the picture and the gap beside and below it. */
export const PICTURE = 64;
export const CELL = PICTURE + 2;

/** Where an arrow key leads from a position on a wall of so many columns; undefined: no such key. */
export function moved(
  key: string,
  { position, columns, rowsInView, total }: { position: number; columns: number; rowsInView: number; total: number },
): number | undefined {
  const row = position - (position % columns);
  const to: Record<string, number> = {
    ArrowLeft: position - 1,
    ArrowRight: position + 1,
    ArrowUp: position - columns,
    ArrowDown: position + columns,
    PageUp: position - columns * rowsInView,
    PageDown: position + columns * rowsInView,
    Home: row,
    End: row + columns - 1,
  };
  if (!Object.hasOwn(to, key)) return undefined;
  return Math.min(Math.max(to[key], 0), total - 1);
}
