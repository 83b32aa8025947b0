/** RFC 4180, for what the program writes: an apostrophe that keeps a text from being a formula is not of the text. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const text = quoted === undefined ? plain : quoted.replaceAll('""', '"');
    rows.at(-1)!.push(/^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? text.slice(1) : text);
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}
