/** One file of an archive: its path in it, with forward slashes. */
export interface TarEntry {
  readonly path: string;
  readonly file: Blob;
}

const BLOCK = 512;
/** What fits into the header's own fields; more goes into a header of its own (pax). */
const LONGEST_NAME = 100;
const LARGEST_SIZE = 0o77777777777;

const encoder = new TextEncoder();

/**
 * A tar archive (POSIX pax) of files. None of them is read: the archive is a list of parts, and the bytes come from
 * the files while it is sent.
 */
export function tarOf(files: readonly TarEntry[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of files) {
    const records = paxRecords(path, file.size);
    if (records.length > 0) parts.push(header('pax', records.length, 'x'), records, padding(records.length));
    parts.push(header(path, file.size, '0'), file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: 'application/x-tar' });
}

/** What the plain header can't say: names that are long or not printable ASCII, and 8 GiB and more. */
function paxRecords(path: string, size: number): Uint8Array<ArrayBuffer> {
  const plain = path.length <= LONGEST_NAME && /^[ -~]*$/.test(path);
  return encoder.encode(
    (plain ? '' : paxRecord('path', path)) + (size > LARGEST_SIZE ? paxRecord('size', `${size}`) : ''),
  );
}

/** `<length> <key>=<value>\n`, where the length in bytes counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + `${bytes}`.length;
  if (bytes + `${length}`.length > length) length += 1;
  return `${length}${rest}`;
}

/** POSIX.1-1988 ustar: name, mode, owner, group, size, time, checksum, type, and the mark of the format. */
function header(name: string, size: number, type: '0' | 'x'): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const write = (text: string, offset: number) => encoder.encodeInto(text, block.subarray(offset));
  write(
    [...name]
      .map((character) => (/[ -~]/.test(character) ? character : '_'))
      .join('')
      .slice(0, LONGEST_NAME),
    0,
  );
  write('0000644\0', 100);
  write('0000000\0', 108);
  write('0000000\0', 116);
  write(octal(Math.min(size, LARGEST_SIZE), 11), 124);
  write(octal(0, 11), 136);
  write(' '.repeat(8), 148);
  write(type, 156);
  write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0`, 148);
  return block;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** Zeros up to the next block. */
const padding = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
