import type { DescribedLayer } from '../../common/contract/layers.ts';
import { learningIn } from '../../common/treatments/schema.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { makeSplit } from '../../data/split.ts';
import { UserError } from '../../errors.ts';
import type { Layer } from '../../network/network.ts';
import { fieldSize, layerOfUnits, unitShape } from '../../network/receptive-field.ts';
import { canBeAdapted, treatedNetwork } from '../../network/variants.ts';
import type { Home } from '../opened-home.ts';
import { type Place, placeInStudy, type StoredRun } from '../stored/run.ts';
import { findStoredStudy } from '../stored/study.ts';

/** The layers n of a training, from the first. */
export function describeLayers({ store }: Home, { network, identity }: StoredRun, study?: string): DescribedLayer[] {
  const { lower, n: transferred, frozen, source, pretrained } = identity;
  const { adapterRank, norms } = learningIn(identity);
  const base = source === null ? undefined : (placeInStudy(store, source, study)?.run.name ?? source.slice(0, 8));
  const from = pretrained === undefined ? base : 'a pretrained network';
  const has = (n: number, which: (layer: Layer) => boolean) =>
    network.layers.some((layer) => layer.n === n && which(layer));
  const changed = treatedNetwork(network, transferred, { norms }).parameters.filter(({ kept }) => !kept);
  const ofNorms = new Set(changed.map(({ layer }) => layer));
  const originOf = (n: number): DescribedLayer['origin'] => {
    if (n > transferred) return 'learned';
    if (lower === 'random') return 'random';
    if (adapterRank !== undefined) return has(n, (layer) => canBeAdapted(network, layer)) ? 'adapted' : 'frozen';
    if (norms !== undefined) return has(n, ({ name }) => ofNorms.has(name)) ? 'norms' : 'frozen';
    return n <= frozen ? 'frozen' : 'fine-tuned';
  };
  return Array.from({ length: network.depth }, (_, index): DescribedLayer => {
    const n = index + 1;
    const layer = layerOfUnits(network, n);
    const { spec, name, output } = layer;
    const type = spec.type === 'dense' || output.length < 3 ? 'dense' : 'conv';
    const origin = originOf(n);
    const copied = origin !== 'learned' && origin !== 'random';
    return {
      n,
      name: network.cuts[index]?.name ?? name,
      type,
      units: unitShape(layer)[0],
      window: fieldSize(network, n),
      origin,
      ...(copied && { source: from }),
    };
  });
}

/** Throws a UserError where a layer lacks a unit. @param count units of the layer; undefined where it can't be looked at */
export function checkUnits(count: number | undefined, n: number, units: readonly number[]): void {
  if (count === undefined)
    throw new UserError(`Layer ${n} can't be looked at: the network has no such layer, or its weights are not here.`, {
      usage: true,
    });
  const beyond = units.find((unit) => unit >= count);
  if (beyond !== undefined)
    throw new UserError(`There is no unit ${beyond + 1} in layer ${n}: it has ${count}.`, { usage: true });
}

/** Null for values that are not finite, because JSON has no NaN. */
export const numberOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The classes of both halves of a replicate. */
export interface Halves {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** Both halves of the replicate that a run belongs to. Undefined where no study has the run, or A is not of the same set. */
export function halvesOf(home: Home, place: Place | undefined): Halves | undefined {
  if (!place) return undefined;
  const { protocol, index } = findStoredStudy(home, place.study.id);
  if (protocol.split.kind === 'whole' || protocol.sourceSet) return undefined;
  const { a, b } = makeSplit(index, protocol.split, protocol.replicates[place.run.replicate].splitSeed);
  return { a, b };
}

/** The classes whose images are looked at, each once: of both halves, or of the run's own. */
export const classesOf = (halves: Halves | undefined, { identity }: StoredRun): readonly string[] =>
  halves ? [...new Set([...halves.a, ...halves.b])] : identity.classes;

/** The half that a class belongs to; undefined where it is in neither. */
export function halfOf(halves: Halves | undefined, name: string): Half | undefined {
  if (halves?.a.includes(name)) return 'A';
  return halves?.b.includes(name) ? 'B' : undefined;
}
