import type { NetworkDescription } from '../contract/networks.ts';
import type { Cut } from '../cuts.ts';

/** A layer of a network as far as it is drawn. */
type DrawnLayer = Omit<NetworkDescription['layers'][number], 'flops'>;
export interface DrawnNetwork {
  readonly layers: readonly DrawnLayer[];
  readonly cuts: readonly Cut[];
}

/** A layer n: what lies between two cuts. */
export interface Part {
  readonly n: number;
  readonly name: string;
  /** The cut above it; absent for the last. */
  readonly cut?: Cut;
  /** `64×16×16` (channels, rows, columns) or `197×384` (tokens, values) of what leaves it. */
  readonly shape: string;
  readonly parameters: number;
  /** What it is made of, from below: `conv 5x5`, `pool max 3x3, stride 2` ... */
  readonly contents: readonly string[];
  /** Fractions of the largest, 0..1, by square roots: areas suggest rows x columns, widths suggest channels. */
  readonly height: number;
  readonly width: number;
  readonly shortcuts: readonly Shortcut[];
  /** The same for parts that are alike in all but their weights. */
  readonly kind: string;
}

/** A way past some of a part's layers. */
export interface Shortcut {
  /** Where it leaves and where it comes back, as fractions of the part from below. */
  readonly from: number;
  readonly to: number;
  /** Whether weights are on it, as of a projection. */
  readonly weighted: boolean;
}

/** Layers that other ways come back at. */
const JOINS: ReadonlySet<string> = new Set(['add', 'multiply', 'concat']);
/** Layers that only bring what leaves a part into the form that the next one reads. */
const FORMS: ReadonlySet<string> = new Set(['global-pool', 'reshape', 'transpose', 'slice']);
/** More ways than this in one part, as of a dense block, are not told apart. */
const MOST_SHORTCUTS = 8;

export function partsOf({ layers, cuts }: DrawnNetwork): Part[] {
  const placed = layers.map((layer, place) => ({ ...layer, place }));
  const groups = [...Map.groupBy(placed, ({ n }) => n)].map(([n, members]) => {
    const body = members.slice(0, members.findLastIndex(({ type }) => !FORMS.has(type)) + 1);
    return { n, members, body, size: sizeOf(body.at(-1) ?? members.at(-1)!) };
  });
  const most = Math.max(1, ...groups.map(({ size }) => size.channels));
  const tallest = Math.max(1, ...groups.map(({ size }) => size.rows));
  return groups.map(({ n, members, body, size }, index) => {
    const cut = cuts.find((one) => one.n === n);
    return {
      n,
      // The last part is the classifier, which is the last layer.
      name: cut?.name ?? members.findLast(({ parameters }) => parameters > 0)!.name,
      ...(index < groups.length - 1 && cut && { cut }),
      shape: size.text,
      parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
      contents: members.map(({ type, settings }) => (settings === '' ? type : `${type} ${settings}`)),
      height: Math.sqrt(size.rows / tallest),
      width: Math.sqrt(size.channels / most),
      shortcuts: shortcutsOf(members),
      kind: JSON.stringify(
        body.map(({ place, type, settings, sources, output }) => [
          ...[type, settings, output],
          sources.map((source) => place - source),
        ]),
      ),
    };
  });
}

/** What leaves a layer: of a sequence, tokens stand for an image of as many places. */
function sizeOf({ output }: DrawnLayer): { channels: number; rows: number; text: string } {
  const [first, second = 1] = output;
  const text = second > 1 ? output.join('×') : String(first);
  return output.length === 2
    ? { channels: second, rows: Math.sqrt(first), text }
    : { channels: first, rows: second, text };
}

type PlacedLayer = DrawnLayer & { readonly place: number };

/** Where several values come together, all ways but the longest are shortcuts, if they have one and the same beginning. */
function shortcutsOf(members: readonly PlacedLayer[]): Shortcut[] {
  const inside = new Map(members.map((layer) => [layer.place, layer]));
  const readers = new Map<number, number>();
  for (const { sources } of members)
    for (const source of new Set(sources)) readers.set(source, (readers.get(source) ?? 0) + 1);
  const steps = members.filter(({ parameters, type }) => parameters > 0 || JOINS.has(type));
  const heightOf = (at: number) => steps.filter(({ place }) => place <= at).length / steps.length;

  /** Down from a value to one that is read twice, or comes from several. */
  const wayTo = (value: number) => {
    let [place, length, weighted] = [value, 0, false];
    for (let layer = inside.get(place); layer && readers.get(place) === 1; layer = inside.get(place)) {
      if (layer.sources.length !== 1) return { place, length: Infinity, weighted };
      [place, length, weighted] = [layer.sources[0], length + 1, weighted || layer.parameters > 0];
    }
    return { place, length, weighted };
  };

  return members
    .filter(({ type, sources }) => JOINS.has(type) && sources.length > 1)
    .flatMap((join) => {
      const ways = join.sources.map(wayTo);
      const longest = Math.max(...ways.map(({ length }) => length));
      const main = ways.findIndex(({ length }) => length === longest);
      return ways
        .filter(({ length }, index) => index !== main && length < Infinity)
        .map(({ place, weighted }) => ({ from: heightOf(place), to: heightOf(join.place), weighted }));
    })
    .slice(0, MOST_SHORTCUTS);
}
