/**
 * Which classes are selected, as a listbox of many does it. One selection spans all lists; each list is given as the
 * labels that it shows, in order. Everything here is pure: a selection in, a selection out.
 */
export interface Selection {
  readonly chosen: ReadonlySet<number>;
  /** Where a range begins. */
  readonly anchor: number | undefined;
  /** Where the keyboard is. */
  readonly active: number | undefined;
}

export const NOTHING: Selection = { chosen: new Set(), anchor: undefined, active: undefined };

interface Modifiers {
  /** Ctrl or Command: this one more, or one less. */
  readonly toggle?: boolean;
  /** Shift: everything from the anchor to here. */
  readonly range?: boolean;
}

export function click(selection: Selection, list: readonly number[], label: number, how: Modifiers): Selection {
  if (how.range) return extend(selection, list, label);
  if (how.toggle) return toggle(selection, label);
  return { chosen: new Set([label]), anchor: label, active: label };
}

export function toggle(selection: Selection, label: number): Selection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(label)) chosen.add(label);
  return { chosen, anchor: label, active: label };
}

/** Chooses exactly the range from the anchor to here. An anchor that this list doesn't show counts as the active one. */
export function extend(selection: Selection, list: readonly number[], label: number): Selection {
  const shown = [selection.anchor, selection.active].find((place) => place !== undefined && list.includes(place));
  const anchor = shown ?? label;
  const [from, to] = [list.indexOf(anchor), list.indexOf(label)].sort((a, b) => a - b);
  return { chosen: new Set(list.slice(from, to + 1)), anchor, active: label };
}

/** Moves the keyboard by so many places, to the ends at most; with shift it takes the range along. */
export function step(selection: Selection, list: readonly number[], by: number, shift: boolean): Selection {
  if (list.length === 0) return selection;
  const at = selection.active === undefined ? -1 : list.indexOf(selection.active);
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by));
  return shift ? extend(selection, list, list[next]) : { ...selection, active: list[next] };
}

/** All of a list; none where all were chosen. */
export function all(selection: Selection, list: readonly number[]): Selection {
  const every = list.length > 0 && list.every((label) => selection.chosen.has(label));
  return { ...selection, chosen: new Set(every ? [] : list) };
}

/** Drops what is no longer shown: nobody should move what they can't see. */
export function keepShown(selection: Selection, shown: ReadonlySet<number>): Selection {
  const chosen = new Set([...selection.chosen].filter((label) => shown.has(label)));
  const kept = (label: number | undefined) => (label !== undefined && shown.has(label) ? label : undefined);
  return { chosen, anchor: kept(selection.anchor), active: kept(selection.active) };
}

/** What an action is about: what is chosen, else where the keyboard is. */
export function subject({ chosen, active }: Selection): number[] {
  if (chosen.size > 0) return [...chosen].sort((a, b) => a - b);
  return active === undefined ? [] : [active];
}

/**
 * After some of a list went elsewhere: nothing is chosen, and the keyboard stands where it stood, on the next that stayed
 * (the one before at the end), so that a list can be worked through key by key.
 */
export function afterMove(selection: Selection, list: readonly number[], moved: ReadonlySet<number>): Selection {
  const at = selection.active === undefined ? -1 : list.indexOf(selection.active);
  if (at < 0) return { ...NOTHING, active: selection.active };
  const stays = (label: number) => !moved.has(label);
  const active = list.slice(at).find(stays) ?? list.slice(0, at).findLast(stays);
  return { ...NOTHING, active };
}
