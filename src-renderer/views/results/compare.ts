import type { StudyResults } from '../../../src-main/common/contract/studies.ts';
import { inPercent, percentRange, signed } from '../../../src-main/common/numbers.ts';
import type { ShownStudy } from './points.ts';

/** What stands where a study has no such network. */
const NONE = '–';

/**
 * Mean accuracies of two studies by treatment and n, each with its 95% interval, and how many points the second is above the first.
 * The difference is a plain one: the networks of two studies are not pairs.
 */
export function accuracyRows(one: ShownStudy, other: ShownStudy): string[][] {
  const kinds = [...new Map([...one.curves, ...other.curves].map(({ kind, name }) => [kind, name]))];
  return kinds.flatMap(([kind, name]) => {
    const [first, second] = [one, other].map(
      ({ curves }) =>
        new Map(curves.filter((curve) => curve.kind === kind).flatMap(({ points }) => points.map((at) => [at.n, at]))),
    );
    const layers = [...new Set([...first.keys(), ...second.keys()])].sort((a, b) => a - b);
    return layers.map((n) => {
      const [a, b] = [first.get(n), second.get(n)];
      const cell = (point: typeof a) =>
        point ? `${inPercent(point.accuracy)} (${percentRange(point.interval)}) ×${point.runs}` : NONE;
      return [name, String(n), cell(a), cell(b), a && b ? signed(100 * (b.accuracy - a.accuracy)) : NONE];
    });
  });
}

/** Lists of facts that are about what was done, not about where it was computed. */
const OF_PROTOCOL = new Set(['Study', 'Data', 'Training']);
/** Facts among them that differ between any two studies. */
const OF_ITSELF = new Set(['Id', 'State', 'Started', 'Finished', 'Time spent', 'Networks']);

/** What differs in the protocols of two studies: a name and both values. */
export function protocolRows(one: StudyResults, other: StudyResults): string[][] {
  const [first, second] = [one, other].map(
    ({ protocol }) =>
      new Map(
        protocol
          .filter(({ title }) => OF_PROTOCOL.has(title))
          .flatMap(({ title, facts }) => facts.map(({ name, value }) => ({ title, name, value })))
          .filter(({ name }) => !OF_ITSELF.has(name))
          .map(({ title, name, value }) => [`${title}: ${name}`, value] as const),
      ),
  );
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((name) => {
    const [a, b] = [first.get(name) ?? NONE, second.get(name) ?? NONE];
    return a === b ? [] : [[name, a, b]];
  });
}
