/** Bytes of a file name, at most: somewhat below what every file system allows. */
const MOST_BYTES = 200;
/** Names that Windows reserves for devices, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Turns the name under which a browser sent a file into one that is valid for a plain file on every system, and still
 * readable: image sets are named after it.
 */
export function fileName(given: string): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1)!;
  const plain = last
    .toWellFormed()
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f<>:"|?*\p{Cf}]/gu, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '');
  const name = shortened(plain) || 'images';
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Shortens a name before its ending, which says what kind of archive it is. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  const ending = /(\.[a-z0-9]{1,8}){0,2}$/i.exec(name)![0];
  let beginning = [...name.slice(0, name.length - ending.length)];
  while (Buffer.byteLength(beginning.join('')) + ending.length > MOST_BYTES) beginning = beginning.slice(0, -1);
  return beginning.join('') + ending;
}
