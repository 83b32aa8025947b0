import { UserError } from '../errors.ts';
import type { LayerSpec } from './layers/layers.ts';
import type { LayerEntry, NetworkSpec } from './spec.ts';

/** A layer in the order in which it is computed, and what it reads. */
export interface PlacedLayer {
  readonly spec: LayerSpec;
  /** Its full name; a layer without one has that of the last layer with weights and its type: `conv1.relu`. */
  readonly name: string;
  /** Places of the layers that it reads, all before its own; -1: the images. */
  readonly sources: readonly number[];
  /** The block that it stands in; of blocks in blocks the outermost. */
  readonly block?: string;
  /** `layer 3 (conv2)`: its place in the file, for errors. */
  readonly label: string;
}

/** More than any network of the field; a file of nested blocks could ask for billions. */
const MOST_LAYERS = 4096;
/** Blocks in each other, a stage's in a network's and so on. */
const DEEPEST = 8;
const IMAGES = -1;
/** What a block reads, for the layers in it; at the top, the images. */
const INPUT = 'input';

/** Where entries stand: in which block, what that block reads, and the entry of the file that they come from. */
interface Scope {
  /** What names in it begin with: that of its block and a dot. */
  readonly path: string;
  /** Places of the layers in it, and in blocks in it, by their names without the path; of a block that of what it puts out. */
  readonly places: Map<string, number>;
  readonly around?: Scope;
  /** How many blocks it stands in. */
  readonly depth: number;
  readonly block?: string;
  readonly input: number;
  readonly entry: number;
}

/**
 * The layers of a network one by one: blocks written out, names made full, inputs found. Throws a UserError that names the
 * layer where a name is used twice, or an input isn't made before.
 */
export function expandLayers(spec: NetworkSpec): PlacedLayer[] {
  const expansion = new Expansion(spec);
  const whole = { path: '', places: new Map(), depth: 0, input: IMAGES };
  let from = IMAGES;
  spec.layers.forEach((entry, index) => {
    from = expansion.add([entry], { ...whole, entry: index }, from);
  });
  return expansion.finished();
}

class Expansion {
  readonly #network: string;
  readonly #layers: PlacedLayer[] = [];
  /** Names of layers and blocks that are taken. */
  readonly #names = new Set<string>();
  /** The first input that no layer had made when it was asked for. */
  #missing: { readonly layer: number; readonly scope: Scope; readonly name: string } | undefined;
  /** The name of the last layer with weights, which layers without a name are called after. */
  #owner = INPUT;

  constructor({ name }: NetworkSpec) {
    this.#network = name;
  }

  /** Adds entries, of which the first reads `from`; returns the place of the last one's output. */
  add(entries: readonly LayerEntry[], scope: Scope, from: number): number {
    return entries.reduce((source, entry) => this.#addEntry(entry, scope, source), from);
  }

  #addEntry(entry: LayerEntry, scope: Scope, before: number): number {
    switch (entry.type) {
      case 'block':
      case 'residual':
        return this.#addBlocks(entry, scope, before);
      case 'split': {
        const { names, sizes, axis, inputs } = entry;
        if (names.length !== sizes.length)
          throw this.#wrong(scope, names[0], `a split into ${names.length} names needs as many sizes.`);
        let start = 0;
        for (const [index, name] of names.entries()) {
          const end = start + sizes[index];
          this.#addLayer({ type: 'slice', name, axis, start, end, ...(inputs && { inputs }) }, scope, before);
          start = end;
        }
        return this.#layers.length - 1;
      }
      case 'attention':
        return this.#addAttention(entry, scope, before);
      default:
        return this.#addLayer(entry, scope, before);
    }
  }

  #addBlocks(entry: Extract<LayerEntry, { type: 'block' | 'residual' }>, scope: Scope, before: number): number {
    const { times, from = 0 } = entry;
    let source = this.#onlySource(entry, scope, before);
    for (let time = 0; time < (times ?? 1); time++) {
      const name = times === undefined ? entry.name : `${entry.name}.${from + time}`;
      const path = scope.path + name;
      if (scope.depth === DEEPEST)
        throw this.#wrong(scope, path, `it stands in ${DEEPEST} blocks, one in the other, which is the most.`);
      this.#claim(scope, path);
      const inner: Scope = {
        ...{ path: `${path}.`, places: new Map(), around: scope, depth: scope.depth + 1 },
        ...{ block: scope.block ?? path, input: source, entry: scope.entry },
      };
      if (entry.type === 'block') source = this.add(entry.layers, inner, source);
      else {
        const branch = this.add(entry.branch, inner, source);
        const shortcut = this.add(entry.shortcut ?? [], inner, source);
        const sum = this.#place({ type: 'add', name: 'add' }, inner, [branch, shortcut]);
        source = this.add(entry.after ?? [], inner, sum);
      }
      this.#register(path, scope, source);
    }
    return source;
  }

  /**
   * softmax(q k' / sqrt(d)) v of each head, with [q, k, v] = x W' + b and d values a head (Vaswani et al. 2017, equation 1);
   * weights are laid out as in timm's and torchvision's vision transformers.
   */
  #addAttention(entry: Extract<LayerEntry, { type: 'attention' }>, scope: Scope, before: number): number {
    const { name, width, heads, inputs, ...weights } = entry;
    if (width % heads !== 0)
      throw this.#wrong(scope, name, `a width of ${width} can't be divided among ${heads} heads.`);
    const d = width / heads;
    const input = this.#onlySource({ name, inputs }, scope, before);
    const { type: _type, ...ofWeights } = weights;
    const place = (spec: LayerSpec, ...sources: number[]) => this.#place(spec, scope, sources);
    const qkv = place({ type: 'dense', ...ofWeights, name: `${name}.qkv`, units: 3 * width, over: 'last' }, input);
    const apart = place({ type: 'reshape', shape: [-1, 3, heads, d] }, qkv);
    const turned = place({ type: 'transpose', order: [1, 2, 0, 3] }, apart);
    const [q, k, v] = [0, 1, 2].map((part) => place({ type: 'slice', axis: 0, start: part, end: part + 1 }, turned));
    const scores = place({ type: 'matrix-product', transposed: true, scale: 1 / Math.sqrt(d) }, q, k);
    const shares = place({ type: 'softmax', axis: -1 }, scores);
    const mixed = place({ type: 'matrix-product', scale: 1 }, shares, v);
    const together = place({ type: 'transpose', order: [0, 2, 1, 3] }, mixed);
    const tokens = place({ type: 'reshape', shape: [-1, width] }, together);
    return place({ type: 'dense', ...ofWeights, name: `${name}.proj`, units: width, over: 'last' }, tokens);
  }

  #addLayer(spec: LayerSpec, scope: Scope, before: number): number {
    return this.#place(spec, scope, this.#sources(spec.inputs, scope, before));
  }

  #place(spec: LayerSpec, scope: Scope, sources: readonly number[]): number {
    const place = this.#layers.length;
    const own = spec.name === undefined ? undefined : scope.path + spec.name;
    const name = own ?? `${this.#owner}.${spec.type}`;
    const label = `layer ${scope.entry + 1} (${name})`;
    if (place >= MOST_LAYERS)
      throw this.#wrong(
        scope,
        name,
        `blocks written out, it would be layer ${MOST_LAYERS + 1}; ${MOST_LAYERS} is the most.`,
      );
    if (own !== undefined) {
      this.#claim(scope, own);
      this.#register(own, scope, place);
      if (spec.type === 'conv' || spec.type === 'dense') this.#owner = own;
    }
    this.#layers.push({ spec, name, sources, block: scope.block, label });
    return place;
  }

  /** Has a full name stand for what is put out at a place, for all that comes after it. */
  #register(name: string, scope: Scope, place: number): void {
    for (let of: Scope | undefined = scope; of; of = of.around) of.places.set(name.slice(of.path.length), place);
  }

  /** Takes a full name for one layer or block alone. */
  #claim(scope: Scope, name: string): void {
    if (this.#names.has(name)) throw this.#wrong(scope, name, `the name "${name}" is used twice; rename one.`);
    if (name.slice(scope.path.length) === INPUT)
      throw this.#wrong(scope, name, `"${INPUT}" is the name of what a block reads; choose another.`);
    this.#names.add(name);
  }

  /** Places of named inputs. One that isn't there yet is looked for at the end. */
  #sources(inputs: readonly string[] | undefined, scope: Scope, before: number): readonly number[] {
    if (!inputs) return [before];
    return inputs.map((name) => {
      if (name === INPUT) return scope.input;
      const found = placeOf(name, scope);
      if (found === undefined) this.#missing ??= { layer: this.#layers.length, scope, name };
      return found ?? before;
    });
  }

  /** The place of what a block or attention reads. */
  #onlySource(of: { readonly name: string; readonly inputs?: string[] }, scope: Scope, before: number): number {
    const sources = this.#sources(of.inputs, scope, before);
    if (sources.length > 1)
      throw this.#wrong(scope, of.name, `it reads ${sources.length} values and needs 1; name one in its "inputs".`);
    return sources[0];
  }

  finished(): PlacedLayer[] {
    if (!this.#missing) return this.#layers;
    const { layer, scope, name: wanted } = this.#missing;
    const { label } = this.#layers[layer] ?? this.#layers.at(-1)!;
    const later = placeOf(wanted, scope);
    if (later === undefined) throw this.#error(`${label}: there is no layer "${wanted}" to read.`);
    const circle = later === layer || reads(this.#layers, later, layer);
    throw this.#error(
      circle
        ? `${label}: it reads "${wanted}", which is made of its own output; a network can't have a circle.`
        : `${label}: it reads "${wanted}", which is made after it; put it further up.`,
    );
  }

  #wrong(scope: Scope, name: string, what: string): UserError {
    return this.#error(`layer ${scope.entry + 1} (${name.startsWith(scope.path) ? name : scope.path + name}): ${what}`);
  }

  #error(what: string): UserError {
    return new UserError(`Network "${this.#network}", ${what}`, { usage: true });
  }
}

/** The place of the layer that a name stands for, of several that in the innermost block. */
function placeOf(name: string, scope: Scope | undefined): number | undefined {
  for (let of = scope; of; of = of.around) {
    const place = of.places.get(name);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Whether a layer's value depends on another's. */
function reads(layers: readonly PlacedLayer[], layer: number, on: number): boolean {
  const seen = new Set<number>();
  const open = [layer];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === on) return true;
    if (next < 0 || seen.has(next)) continue;
    seen.add(next);
    open.push(...layers[next].sources);
  }
  return false;
}
