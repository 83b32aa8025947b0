import type { Halves } from './places.ts';

/** More than any split file has. */
export const MOST_BYTES = 2 ** 21;

/** What a split file says, as main and the command line read it. */
export const fileText = ({ a, b }: Halves): string => `${JSON.stringify({ a, b }, null, 1)}\n`;

/** Lets the browser save a text under a name. */
export function saveFile(name: string, content: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  link.download = name;
  link.click();
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
