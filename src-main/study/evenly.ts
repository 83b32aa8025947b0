/** So many of 0 .. length - 1 at even distances, the first and the last among them; all where there are no more. */
export function evenly(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => (count > 1 ? Math.round((i * (length - 1)) / (count - 1)) : 0));
}
