/** As many as the contract takes. */
const MOST = 20;

/** Numbers of images as they are written: `1, 5, 25`, rising and each once. Undefined where something else is written. */
export function examplesOf(written: string): number[] | undefined {
  const parts = written.split(/[\s,;]+/).filter((part) => part !== '');
  if (!parts.every((part) => /^\d{1,9}$/.test(part) && Number(part) > 0)) return undefined;
  const few = [...new Set(parts.map(Number))].sort((a, b) => a - b);
  return few.length <= MOST ? few : undefined;
}

export const examplesText = (few: readonly number[]): string => few.join(', ');
