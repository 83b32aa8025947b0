import type { Choice } from './structure/choices.ts';

/** Encodings in which programs write the names of a zip without saying so. */
const ENCODINGS = ['utf-8', 'shift_jis', 'gb18030', 'euc-kr', 'windows-1252', 'cp437'];

/** The upper half of code page 437, that of DOS, which the Encoding Standard doesn't have. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

export type Decode = (name: Buffer) => string;

export const isPlain = (name: Buffer): boolean => name.every((byte) => byte < 128);

/** How names in an encoding are read; undefined for an unknown one. Throws TypeError for a name that is not in it. */
export function decoderOf(encoding: string): Decode | undefined {
  if (encoding === 'cp437')
    return (name) => Array.from(name, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128])).join('');
  try {
    const decoder = new TextDecoder(encoding, { fatal: true });
    return (name) => decoder.decode(name);
  } catch {
    return undefined;
  }
}

/**
 * The encoding of names that say none, by evidence: text that is no UTF-8 is almost never taken for it, kana tell Shift-JIS, and of
 * single bytes the letters of Windows stand where DOS has lines.
 */
export function encodingOf(names: readonly Buffer[]): string {
  const fits = (encoding: string) => {
    const decode = decoderOf(encoding)!;
    try {
      return names.map(decode).join('');
    } catch {
      return undefined;
    }
  };
  if (fits('utf-8') !== undefined) return 'utf-8';
  const japanese = fits('shift_jis');
  if (japanese !== undefined && share(japanese, /[\u3040-\u30ff]/g) > 0.2) return 'shift_jis';
  for (const encoding of ['gb18030', 'euc-kr']) {
    const text = fits(encoding);
    if (
      text !== undefined &&
      share(text, encoding === 'euc-kr' ? /[\uac00-\ud7af]/g : /[\u4e00-\u9fff]/g) > 0.9 &&
      longRuns(names)
    )
      return encoding;
  }
  const bytes = names.flatMap((name) => [...name].filter((byte) => byte > 127));
  return bytes.filter((byte) => byte >= 0xc0).length > bytes.length / 2 ? 'windows-1252' : 'cp437';
}

/** The share of a text's characters beyond ASCII that are of a kind. */
function share(text: string, kind: RegExp): number {
  const strange = text.replace(/[\u0000-\u007f]/g, '').length; // eslint-disable-line no-control-regex -- all of ASCII
  return strange === 0 ? 0 : (text.match(kind)?.length ?? 0) / strange;
}

/** Whether bytes beyond ASCII mostly stand in fours or more: words of a script of two bytes each, not accents. */
const longRuns = (names: readonly Buffer[]): boolean =>
  names.filter((name) => /[\x80-\xff]{4}/.test(name.toString('latin1'))).length > names.length / 2;

export function namesChoice(encoding: string, said: boolean, example: Buffer): Choice {
  const options = ENCODINGS.flatMap((value) => {
    try {
      return [{ value, says: decoderOf(value)!(example) }];
    } catch {
      return [];
    }
  });
  const question = `The archive does not say how its names are written; they are read as ${encoding}.`;
  return { id: 'names', question, options, chosen: encoding, said, free: true, flag: '--names ' };
}
