import { expandLayers } from '../../network/expand.ts';
import type { LayerEntry, NetworkSpec } from '../../network/spec.ts';
import { UserError } from '../../errors.ts';
import { blocksOf, stretchBlocks } from './blocks.ts';
import type { Made } from './builder.ts';
import { pathOf, prefixesOf } from './naming.ts';

/** Layers of a list in the network language, at most. */
const MOST_ENTRIES = 200;
const MOST_LETTERS = 96;
const BLOCK = 'input';

export interface Written {
  readonly layers: readonly LayerEntry[];
  /** The full name of each layer, by its place in what was built; undefined: it has none. */
  readonly names: ReadonlyMap<number, string>;
}

/** A layer that the last one depends on. */
interface Live {
  readonly at: number;
  readonly made: Made;
  readonly name?: string;
  /** Places of what it reads, among the live layers; -1: the images. */
  readonly sources: readonly number[];
  readonly path?: string;
}

/**
 * The layers that the last one depends on, as entries of a network: those of a module of the framework stand in a block of its
 * name. Cuts follow from the graph alone; blocks only keep them out of a module's inside.
 */
export function written(made: readonly Made[], last: number, name: string): Written {
  const live = named(lived(made, last));
  const blocks = blocksOf(
    live.map(({ sources, name, path, made }) => ({
      sources,
      name,
      path,
      isWeighted: Object.keys(made.weights).length > 0,
    })),
  );
  const none = blocks.map(() => undefined);
  for (const paths of [blocks, none, stretchBlocks(live)]) {
    const inBlocks = live.map((layer, at) => within(layer, paths[at]));
    const layers = entriesOf(inBlocks, paths);
    if (layers.length > MOST_ENTRIES || !isRight(layers, inBlocks, name)) continue;
    return {
      layers,
      names: new Map(inBlocks.flatMap(({ at, name }) => (name === undefined ? [] : [[at, name] as const]))),
    };
  }
  if (live.length > MOST_ENTRIES)
    throw new UserError(`it has ${live.length} layers that stand in no modules; ${MOST_ENTRIES} are the most`);
  throw new Error('a network that was written is not the one that was built');
}

/** A layer under the name of its block, where that is not what its own begins with. */
function within(layer: Live, block: string | undefined): Live {
  const { name } = layer;
  return block === undefined || name === undefined || name.startsWith(`${block}.`)
    ? layer
    : { ...layer, name: `${block}.${name}` };
}

/** Whether entries, written out, are the layers that were built. */
function isRight(layers: readonly LayerEntry[], live: readonly Live[], name: string): boolean {
  try {
    const placed = expandLayers({ name, layers } as unknown as NetworkSpec);
    return (
      placed.length === live.length &&
      placed.every(({ spec, sources, name }, at) => {
        const { made, sources: own, name: wanted } = live[at];
        return (
          spec.type === made.spec.type && sources.join() === own.join() && (wanted === undefined || name === wanted)
        );
      })
    );
  } catch {
    return false;
  }
}

function lived(made: readonly Made[], last: number): Omit<Live, 'name'>[] {
  const alive = new Set<number>([last]);
  for (let at = last; at >= 0; at--)
    if (alive.has(at)) for (const source of made[at].sources) if (source >= 0) alive.add(source);
  const order = [...made.keys()].filter((at) => at < last && alive.has(at)).concat(last);
  const places = new Map(order.map((at, place) => [at, place]));
  return order.map((at) => {
    const path = pathOf(made[at].node);
    const sources = made[at].sources.map((source) => (source < 0 ? -1 : places.get(source)!));
    return { at, made: made[at], sources, ...(path !== undefined && { path: legal(path) }) };
  });
}

/** Only what the network language has in names. */
const legal = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^[.-]+/, '')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, MOST_LETTERS - 8);

/** Names for layers with parameters and those that are read by others than the next. */
function named(layers: readonly Omit<Live, 'name'>[]): Live[] {
  const read = new Set(
    layers.flatMap(({ sources }, at) => sources.filter((source) => source !== at - 1 || sources.length > 1)),
  );
  const titles = layers.map(({ made }) => (made.title === undefined ? undefined : legal(made.title) || undefined));
  const containers = new Set(titles.flatMap((title) => prefixesOf(title ?? '')));
  const taken = new Set<string>([BLOCK]);
  const numbers = new Map<string, number>();
  return layers.map((layer, at) => {
    const { made, path } = layer;
    if (Object.keys(made.weights).length === 0 && !read.has(at)) return layer;
    const { type } = made.spec;
    const title = titles[at];
    let base = title !== undefined && containers.has(title) ? `${title}.${type}` : title;
    if (base === undefined && path) base = containers.has(path) || taken.has(path) ? `${path}.${type}` : path;
    if (base === undefined) {
      const number = (numbers.get(type) ?? 0) + 1;
      numbers.set(type, number);
      base = `${type}${number}`;
    }
    let name = base;
    for (let time = 2; taken.has(name) || containers.has(name); time++) name = `${base}_${time}`;
    taken.add(name);
    return { ...layer, name };
  });
}

/** @param blocks the block of each layer; undefined: none */
function entriesOf(live: readonly Live[], blocks: readonly (string | undefined)[]): LayerEntry[] {
  const entries: LayerEntry[] = [];
  for (let start = 0; start < live.length;) {
    const block = blocks[start];
    let end = start + 1;
    while (end < live.length && block !== undefined && blocks[end] === block) end += 1;
    entries.push(...(block === undefined ? [entry(live, start, [])] : blockOf(live, start, end, [block])));
    start = end;
  }
  return entries;
}

/** Layers from `start` to `end` as a block; of a long one, modules in it are blocks of their own. */
function blockOf(live: readonly Live[], start: number, end: number, around: readonly string[]): LayerEntry[] {
  const own = around.at(-1)!;
  const outer = around.at(-2);
  const name = outer === undefined ? own : own.slice(outer.length + 1);
  const outside = live[start].sources[0];
  const inputs = outside === start - 1 ? {} : { inputs: [reference(live, outside, around.slice(0, -1))] };
  const layers: LayerEntry[] = [];
  for (let at = start; at < end;) {
    const module = end - start > MOST_ENTRIES ? moduleIn(live[at], own) : undefined;
    let next = at + 1;
    while (module !== undefined && next < end && moduleIn(live[next], own) === module) next += 1;
    if (module !== undefined && next - at > 1) layers.push(...blockOf(live, at, next, [...around, module]));
    else for (let each = at; each < next; each++) layers.push(entry(live, each, around, { outside, start }));
    at = next;
  }
  return [{ type: 'block', name, ...inputs, layers }];
}

/** The module of a block that a layer stands in: `features.denseblock1.denselayer2`. */
function moduleIn({ name, path }: Live, block: string): string | undefined {
  const [place] = [name, path].filter((each) => each?.startsWith(`${block}.`));
  const [first, ...more] = place?.slice(block.length + 1).split('.') ?? [];
  return first === undefined || more.length === 0 ? undefined : `${block}.${first}`;
}

function entry(
  live: readonly Live[],
  at: number,
  around: readonly string[],
  block?: { readonly outside: number; readonly start: number },
): LayerEntry {
  const { made, name, sources } = live[at];
  const inner = around.at(-1);
  const { name: _unnamed, ...spec } = made.spec as { name?: string } & Record<string, unknown>;
  const before = block && at === block.start ? block.outside : at - 1;
  const isNext = sources.length === 1 && sources[0] === before;
  const inputsOf = () =>
    sources.map((source) => (block && source === block.outside ? BLOCK : reference(live, source, around)));
  const own =
    name !== undefined && inner !== undefined && name.startsWith(`${inner}.`) ? name.slice(inner.length + 1) : name;
  return {
    ...spec,
    ...(own !== undefined && { name: own }),
    ...(!isNext && { inputs: inputsOf() }),
  } as unknown as LayerEntry;
}

/** What a layer is called within blocks. */
function reference(live: readonly Live[], source: number, around: readonly string[]): string {
  if (source < 0) return BLOCK;
  const name = live[source].name!;
  const inner = around.findLast((block) => name.startsWith(`${block}.`));
  return inner === undefined ? name : name.slice(inner.length + 1);
}
