import * as z from 'zod';
import { messageOf, UserError } from '../../errors.ts';
import type { Rejects } from './importer.ts';
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
  let groups: Map<string, string>;
  try {
    const entries = Object.entries(z.looseObject({}).parse(JSON.parse(text)));
    groups = new Map(entries.map(([name, group]) => [className(name), z.string().min(1).parse(group)]));
  } catch (error) {
    const why = error instanceof SyntaxError ? messageOf(error) : 'a group name is empty or not a text';
    throw new UserError(
      `${path} in ${source.path} is not a JSON object of class names and group names (${why}): correct it or remove it.`,
    );
  }
  const known = new Set(classes);
  const unknown = [...groups.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0)
    rejects.add({
      file: path,
      reason: `${unknown.length} of its names are not classes of this set, the first is "${unknown[0]}"`,
    });
  return Object.fromEntries([...groups].filter(([name]) => known.has(name)));
}
