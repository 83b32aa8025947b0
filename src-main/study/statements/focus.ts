import type { TreatmentKind } from '../../common/treatments/treatments.ts';
import { RandomStream } from '../../random.ts';
import type { GivenUp } from '../../common/results/statements.ts';
import type { Looks } from '../plan/extend.ts';
import type { Drawn, Only, Protocol } from '../plan/protocol.ts';
import { pValueAbove } from './estimate.ts';
import { isSettled, type Judged, LEVEL, MARGIN } from './judge.ts';
import { shares } from './looks.ts';
import { chanceToSettle } from './power.ts';
import { layersOf, type Statement } from './statements.ts';

/** What the further replicates of a study that goes on until it is clear are to have. */

/** The n of a statement that a further replicate has. The mean over more of them costs more networks than it tells. */
export const DRAWN = 3;

type Replicate = Protocol['replicates'][number];

/** What a further replicate has, and the n among them that were drawn. */
export type Focus = Pick<Replicate, 'drawn'> & { readonly only: Only };

/**
 * The networks of a further replicate that serve the statements without an answer: the treatments that they compare, each at the n
 * of its statements. Of more than `DRAWN` n so many are drawn, by the seeds of the replicate, among those that were drawn least often
 * before. What is left out belongs to statements that keep their answers: a false one that more of it could give has been given
 * already, so the chance of any stays what it is with all of it.
 *
 * @param depth weight layers of the network
 * @param layers the n that the study has
 * @param before the replicates that it has
 */
export function focusOn(
  open: readonly Statement[],
  { depth, layers }: { readonly depth: number; readonly layers: readonly number[] },
  before: readonly Replicate[],
  next: Omit<Replicate, 'only' | 'drawn'>,
): Focus {
  const drawn = new Map<string, Drawn>();
  const needed = new Map<TreatmentKind, Set<number>>();
  for (const { minuend, subtrahend, zone } of open) {
    const of = layersOf(zone, depth).filter((n) => layers.includes(n));
    const key = of.join();
    if (of.length > DRAWN && !drawn.has(key)) drawn.set(key, { of, layers: draw(of, before, next) });
    for (const kind of [minuend, subtrahend])
      if (kind !== 'base') needed.set(kind, new Set([...(needed.get(kind) ?? []), ...(drawn.get(key)?.layers ?? of)]));
  }
  const only = [...needed].flatMap(([kind, some]) =>
    some.size > 0 ? [{ kind, layers: [...some].sort((a, b) => a - b) }] : [],
  );
  return drawn.size > 0 ? { only, drawn: [...drawn.values()] } : { only };
}

/** `DRAWN` of these n, rising: by chance, but each about equally often over the replicates, whatever their results. */
function draw(
  of: readonly number[],
  before: readonly Replicate[],
  { splitSeed, trainingSeed }: Omit<Replicate, 'only' | 'drawn'>,
): number[] {
  const earlier = before.flatMap(({ drawn = [] }) => drawn.filter((one) => one.of.join() === of.join()));
  const times = (n: number) => earlier.filter(({ layers }) => layers.includes(n)).length;
  return new RandomStream(splitSeed, 'layers of a further replicate', trainingSeed, ...of)
    .shuffle([...of])
    .sort((one, other) => times(one) - times(other))
    .slice(0, DRAWN)
    .sort((a, b) => a - b);
}

/** Independent values from which on a statement may be given up: fewer hardly show how much they differ. */
const ENOUGH = 5;
/** A statement is given up where the chance to settle it is below this. */
const HARDLY = 0.2;

/**
 * Where trainings would be wasted: for each statement whether a look gives it up, because with all the replicates that there may be
 * it would hardly be settled. That changes no verdict, and so no chance of a false one.
 *
 * @param judged by this look
 * @param looks up to this one
 * @param step replicates that each further look has more
 */
export function givenUpAt(judged: readonly Judged[], { at, most }: Looks, step: number): (GivenUp | undefined)[] {
  const replicates = at.at(-1)!;
  const further = Math.floor((most - replicates) / step);
  if (further < 1) return judged.map(() => undefined);
  const all = { at: [...at, ...Array.from({ length: further }, (_, more) => replicates + (more + 1) * step)], most };
  const share = shares(all).at(-1)!;
  const [ofShown, ofExcluded] = [leftByHolm(judged, shownBy), leftByHolm(judged, excludedBy)];
  return judged.map((one, place) => {
    const { statement, effect } = one;
    if (!effect?.spread || isSettled(one) || effect.spread.sizes[0] < ENOUGH) return undefined;
    const chance = chanceToSettle(statement.direction * effect.points, effect.spread, further, {
      larger: { limit: 0, level: share * ofShown[place] },
      smaller: { limit: MARGIN, level: share * ofExcluded[place] },
    });
    return chance < HARDLY ? { replicates, more: further * step, chance } : undefined;
  });
}

type Tail = (judged: Judged) => number | undefined;
const shownBy: Tail = ({ statement: { direction }, effect }) =>
  effect?.spread ? pValueAbove(0, direction, effect.points, effect.spread) : undefined;
const excludedBy: Tail = ({ statement: { direction }, effect }) =>
  effect?.spread ? 1 - pValueAbove(MARGIN, direction, effect.points, effect.spread) : undefined;

/** The one-sided level that Holm's correction leaves each of them, if they stay in the order in which they are. */
function leftByHolm(judged: readonly Judged[], tail: Tail): number[] {
  const p = judged.map(tail);
  const tested = p.filter((one) => one !== undefined);
  return p.map((own) => LEVEL / 2 / tested.filter((other) => other >= own!).length);
}
