import { visibleLine } from '../../common/visible.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Rejects } from './rejects.ts';
import { className } from './names.ts';
import { readSmall } from './read.ts';
import type { Source } from './source.ts';

export const GROUPS_FILE = 'groups.json';

/**
 * Reads the `groups.json` at `path`, an object that maps class names to group names. Throws a UserError if it is
 * anything else, because nobody writes such a file without meaning it.
 */
export async function readGroups(
  source: Source,
  path: string | undefined,
  classes: readonly string[],
  rejects: Rejects,
): Promise<Record<string, string>> {
  if (path === undefined) return {};
  const text = (await readSmall(source, path)).toString('utf8').replace(/^\ufeff/, '');
  const wrong = (why: string) =>
    new UserError(
      `${path} in ${source.path} is not a JSON object of class names and group names (${why}): correct it or remove it.`,
    );
  const known = new Set(classes);
  const groups: [string, string][] = [];
  let strange = 0;
  let first = '';
  const named = parsed(text, wrong);
  // The object is walked, not listed: it may have a hundred thousand names, and only those of classes are kept.
  for (const given in named) {
    const group = named[given];
    if (typeof group !== 'string' || group === '') throw wrong('a group name is empty or not a text');
    const name = className(given);
    if (known.has(name)) groups.push([name, group]);
    else if (strange++ === 0) first = name;
  }
  if (strange > 0)
    rejects.add({ file: path, reason: `${strange} of its names are not classes of this set, the first is "${first}"` });
  return Object.fromEntries(groups);
}

function parsed(text: string, wrong: (why: string) => UserError): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Node's message quotes what is wrong, whatever it is.
    throw wrong(visibleLine(messageOf(error)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('it is no object');
  return value as Record<string, unknown>;
}
