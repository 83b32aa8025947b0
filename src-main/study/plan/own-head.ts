import type { PretrainedHead } from '../../common/protocol-parts.ts';
import type { RunIdentity } from './run-record.ts';

/** Names that only count: Hugging Face's `LABEL_3`, `class 3`. */
const NUMBERED = /^(label|class)? ?\d+$/;

/**
 * The units of a file's own head that stand for these classes, in their order, so that the network can be tested as it comes;
 * undefined where its classes are others. Names count without case, underscores and synonyms after commas. A head without
 * names is taken to be of the set's classes, in the set's order, where it has as many.
 *
 * @param all classes of the image set
 */
export function ownHead(
  { classes: of, names }: PretrainedHead,
  classes: readonly string[],
  all: readonly string[],
): RunIdentity['head'] {
  if (names === undefined || names.every((name) => NUMBERED.test(plain(name))))
    return all.length === of ? { units: classes.map((name) => all.indexOf(name)), of } : undefined;
  const known = unitsByName(names);
  const units = classes.flatMap((name) => known.get(plain(name)) ?? []);
  return units.length === classes.length && new Set(units).size === units.length ? { units, of } : undefined;
}

/** A name that several units have is none's. */
function unitsByName(names: readonly string[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  const several = new Set<string>();
  names.forEach((name, unit) => {
    for (const one of new Set([name, ...name.split(',')].map(plain))) {
      if (units.has(one)) several.add(one);
      units.set(one, unit);
    }
  });
  for (const name of several) units.delete(name);
  return units;
}

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
