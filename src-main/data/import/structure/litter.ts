/** Things in people's folders that are no images of theirs, by the name of a folder or file, and what each is. */
const LITTER: readonly (readonly [name: RegExp, what: string])[] = [
  [/^__MACOSX$|^\._./, 'what macOS adds to archives'],
  [/^(\.DS_Store|Icon\r|\.Spotlight-V100|\.fseventsd|\.AppleDouble)$/, 'left by macOS'],
  [/^(Thumbs\.db|ehthumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information)$/i, 'left by Windows'],
  [/^@eaDir$|^#recycle$|^@tmp$/, 'thumbnails and waste of a network drive'],
  [/^(\.thumbnails|thumbnails|\.picasaoriginals|\.thumbs)$/i, 'thumbnails'],
  [/^lost\+found$/, 'left by a file system'],
  [/^\.ipynb_checkpoints$/, 'copies that a notebook made'],
  [/^__pycache__$/, 'left by Python'],
  [/^(\.Trash.*|\.trashed.*)$/i, 'waste'],
];

/** Folders of images that nobody has named. */
const UNLABELLED = /^[_ -]*(unlabell?ed|unsup|unsorted|unclassified_?images)[_ -]*(images?|data)?$/i;

export interface Litter {
  /** The path up to the folder or file that is litter. */
  readonly path: string;
  readonly reason: string;
  /** It says nothing about the set, so that nobody needs a list of it in the set's index. */
  readonly junk: boolean;
}

/** The litter that a path is in; undefined if it is in none. @param kept names that a person wants kept */
export function litterOf(path: string, kept: (name: string) => boolean): Litter | undefined {
  const segments = path.split('/');
  for (const [depth, name] of segments.entries()) {
    if (kept(name)) continue;
    const upTo = () => segments.slice(0, depth + 1).join('/');
    const litter = LITTER.find(([pattern]) => pattern.test(name));
    if (litter !== undefined) return { path: upTo(), reason: litter[1], junk: true };
    if (depth < segments.length - 1 && UNLABELLED.test(name))
      return { path: upTo(), reason: 'images without a label', junk: false };
    if (name.startsWith('.')) return { path: upTo(), reason: 'hidden', junk: false };
  }
  return undefined;
}

const MASKS =
  /^(.*[_ -])?(masks?|segmentations?|segs?|trimaps?|ground_?truths?|gt|annotations?|labels?|depths?|heat_?maps?|edges)([_ -].*)?$/i;
/** Folders whose names say only that images are in them. */
const NEUTRAL =
  /^(images?|imgs?|pictures?|pics|photos?|jpe?gs?|jpegimages|pngs?|data|raw|originals?|colou?r|rgb|inputs?)$/i;

/** Whether a folder's name says that its pictures are drawn over those of another. */
export const namesMasks = (name: string): boolean => MASKS.test(name);
export const isNeutral = (name: string): boolean => NEUTRAL.test(name);
