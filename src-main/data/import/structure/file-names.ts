import { UserError } from '../../../errors.ts';
import { className } from '../names.ts';

/**
 * Patterns of files' names: `{class}` is the class, `#` a number, `*` anything. They stand for the name without its ending:
 * `{class}.#` for `cat.12.png`, `{class}_*` for `cat_small_1.png`.
 */
const PATTERNS = [
  '{class}.#',
  '{class}_#',
  '{class}-#',
  '{class} #',
  '{class} (#)',
  '{class}#',
  '#_{class}',
  '#-{class}',
  '#.{class}',
];

const PIECES: Readonly<Record<string, string>> = { '{class}': '(?<class>.+?)', '#': '\\d+', '*': '.*' };

/** Throws a UserError for a pattern without a class. */
export function patternOf(text: string): RegExp {
  if (text.split('{class}').length !== 2)
    throw new UserError(
      `The pattern "${text}" must have {class} in it once, where the class stands in the name: {class}_# for cat_12.png.`,
      { usage: true },
    );
  const pieces = text
    .split(/(\{class\}|#|\*)/)
    .map((piece) => PIECES[piece] ?? piece.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${pieces.join('')}$`, 'u');
}

/** The class that a file's name gives by a pattern; undefined if the name is another. */
export function classOfName(path: string, pattern: RegExp): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  return pattern.exec(className(name))?.groups?.class;
}

/** Words that cameras and programs begin names with. */
const MEANINGLESS =
  /^(img|image|im|dsc|dscn|dscf|pic|picture|photo|frame|file|scan|screenshot|p|img_?e|untitled|sample|test|train|val)$/i;

/** The pattern by which most names have a class, at least two and each twice; undefined if there is none. */
export function patternFor(paths: readonly string[]): { pattern: string; classes: string[] } | undefined {
  let best: { pattern: string; classes: string[]; matched: number } | undefined;
  for (const pattern of PATTERNS) {
    const matches = patternOf(pattern);
    const counts = new Map<string, number>();
    for (const path of paths) {
      const name = classOfName(path, matches);
      if (name !== undefined && /\p{L}/u.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const classes = [...counts].filter(([name, count]) => count > 1 && !MEANINGLESS.test(name));
    const matched = classes.reduce((sum, [, count]) => sum + count, 0);
    if (classes.length > 1 && matched > paths.length / 2 && matched > (best?.matched ?? 0))
      best = { pattern, classes: classes.map(([name]) => name).sort(), matched };
  }
  return best && { pattern: best.pattern, classes: best.classes };
}
