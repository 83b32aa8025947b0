/**
 * What a spreadsheet would compute, or take apart, instead of showing it; apostrophes that are there already count as text.
 * With the forms of full width, which a spreadsheet in Japanese takes for the others.
 */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?%?$/i;

/**
 * RFC 4180: rows of one length, CRLF, quotes where they must be. Names come from strangers, and a spreadsheet takes what begins
 * like a formula for one: such a text begins with an apostrophe, which who reads it takes off again (one, before any others).
 */
export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');

function field(value: string | number): string {
  const given = String(value);
  const text = typeof value === 'string' && FORMULA.test(given) && !NUMBER.test(given) ? `'${given}` : given;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
