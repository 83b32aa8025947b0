import { prefixesOf } from './naming.ts';

interface Placed {
  readonly sources: readonly number[];
  readonly name?: string;
  /** The module that it stands in. */
  readonly path?: string;
  readonly isWeighted: boolean;
}

/**
 * The module whose block each layer stands in; undefined: none. Blocks are what residual branches and the like are in: where
 * several values are on their way at once, the layers' common module is one (`layer1.0`), and so is every other module of its
 * kind (`features.1` of a network whose `features.3` has a way past it).
 */
export function blocksOf(layers: readonly Placed[]): (string | undefined)[] {
  const kinds = new Set(stretches(layers).flatMap((stretch) => kindOf(stretch)));
  const places = layers.map(({ name, path }) => {
    const [own, module] = [name, path].map(
      (each) =>
        each && [...prefixesOf(each), ...(each === path ? [each] : [])].find((prefix) => kinds.has(kind(prefix))),
    );
    return own ?? module;
  });
  const result = filled(layers, places);
  // The classifier stands outside: it is another for other classes.
  result[result.length - 1] = undefined;
  const isBroken = repeatedIn(result);
  const size = Map.groupBy(result.keys(), (at) => result[at]);
  return result.map((block) =>
    block === undefined || isBroken.has(block) || size.get(block)!.length < 2 ? undefined : block,
  );
}

/** Blocks of a network whose layers have no names: wherever several values are on their way at once. */
export function stretchBlocks(layers: readonly Pick<Placed, 'sources'>[]): (string | undefined)[] {
  const result = stretches(layers).flatMap((stretch, at) =>
    stretch.map(() => (stretch.length > 1 ? `block${at + 1}` : undefined)),
  );
  result[result.length - 1] = undefined;
  return result;
}

/** Names without their numbers: modules of one kind. */
const kind = (name: string): string => name.replaceAll(/\d+/g, '#');

/** Runs of layers between two places that one value alone crosses. */
function stretches<Layer extends Pick<Placed, 'sources'>>(layers: readonly Layer[]): Layer[][] {
  const lastRead = new Map<number, number>();
  layers.forEach(({ sources }, at) => sources.forEach((source) => lastRead.set(source, at)));
  const alive = new Set<number>([-1]);
  const result: Layer[][] = [[]];
  layers.forEach((layer, at) => {
    for (const source of layer.sources) if (lastRead.get(source) === at) alive.delete(source);
    if (lastRead.has(at)) alive.add(at);
    result.at(-1)!.push(layer);
    if (alive.size <= 1) result.push([]);
  });
  return result;
}

/** The kind of module that a stretch's layers have in common; none for a single layer. */
function kindOf(stretch: readonly Placed[]): string[] {
  const names = stretch.flatMap(({ name, isWeighted }) => (isWeighted && name !== undefined ? [name.split('.')] : []));
  if (stretch.length < 2 || names.length < 2) return [];
  const [first] = names;
  const same = first.findIndex((part, index) =>
    names.some((name) => name[index] !== part || index === name.length - 1),
  );
  const common = first.slice(0, Math.max(0, same));
  // `features.1.0.block` has nothing beside it in `features.1.0`.
  const numbered = common.findLastIndex((part) => /\d/.test(part));
  return common.length > 0 ? [kind(common.slice(0, numbered < 0 ? common.length : numbered + 1).join('.'))] : [];
}

/** Layers without a name of their own stand in the block around them: before the next of its layers, or where values meet. */
function filled(layers: readonly Placed[], places: readonly (string | undefined)[]): (string | undefined)[] {
  const result = [...places];
  const isKnown = (at: number) => layers[at].name !== undefined || layers[at].path !== undefined;
  for (let at = 1; at < result.length; at++) {
    if (result[at] !== undefined || isKnown(at)) continue;
    const next = places.findIndex((_, later) => later > at && isKnown(later));
    if (result[at - 1] !== undefined && (next < 0 || places[next] === result[at - 1])) result[at] = result[at - 1];
  }
  return result;
}

/** Blocks whose layers don't stand together. */
function repeatedIn(blocks: readonly (string | undefined)[]): ReadonlySet<string> {
  const [seen, broken] = [new Set<string>(), new Set<string>()];
  blocks.forEach((block, at) => {
    if (block === undefined || block === blocks[at - 1]) return;
    if (seen.has(block)) broken.add(block);
    seen.add(block);
  });
  return broken;
}
