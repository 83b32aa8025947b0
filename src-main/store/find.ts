import { UserError } from '../errors.ts';

/** Something that a user refers to by its id or its name. */
export interface Named {
  readonly id: string;
  readonly name?: string;
}

/**
 * Finds what a reference means: the thing with exactly this id, else the newest of exactly this name, else the one
 * whose id starts with it. Throws a UserError that lists the candidates if several ids do. Undefined if there is none.
 *
 * @param things oldest first
 */
export function findNamed<T extends Named>(kind: string, things: readonly T[], reference: string): T | undefined {
  if (reference === '') return undefined;
  const exact = things.find(({ id }) => id === reference) ?? things.findLast(({ name }) => name === reference);
  if (exact) return exact;
  const candidates = things.filter(({ id }) => id.startsWith(reference));
  if (candidates.length > 1) throw ambiguous(kind, reference, candidates);
  return candidates.at(0);
}

const LISTED = 8;

function ambiguous(kind: string, reference: string, candidates: readonly Named[]): UserError {
  const listed = candidates.slice(0, LISTED).map(({ id, name }) => (name === undefined ? id : `${id} (${name})`));
  const more = candidates.length > LISTED ? ` and ${candidates.length - LISTED} more` : '';
  return new UserError(
    `"${reference}" could be any of ${candidates.length} ${kind}: ${listed.join(', ')}${more}. Give more of the id.`,
    { usage: true },
  );
}
