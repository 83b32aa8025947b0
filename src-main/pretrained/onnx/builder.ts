import type { Tensor } from '../../network/weights.ts';
import { definitionOf, type LayerSpec } from '../../network/layers/layers.ts';
import { volume, type ParameterRole, type Shape } from '../../network/layers/layer.ts';
import { layerSchema } from '../../network/spec.ts';
import type { Node } from './node.ts';
import { POINTS, recognised } from './pointwise.ts';
import { hasSides, inOrder, reshaped, squeezed, valueOf, type Scaling, type Value } from './value.ts';

type Weighted = Partial<Record<ParameterRole, Tensor>>;

/** A layer that was made of nodes. */
export interface Made {
  /** May still change: a bias is found after its convolution. */
  spec: LayerSpec;
  readonly sources: readonly number[];
  readonly output: Shape;
  readonly weights: Weighted;
  /** The layer's name in the framework, from its weights; absent: it has none. */
  title?: string;
  /** Whether it is a norm without weights of its own, which the nodes after it may give it. */
  readonly isBare?: boolean;
  /** The node that it was made of. */
  readonly node: Node;
}

export interface Named {
  readonly weights?: Weighted;
  readonly title?: string;
  readonly isBare?: boolean;
}

/** Layers that may be made, also those that turn out to be part of another; and what may be in their weights (network.ts). */
const MOST_LAYERS = 20_000;
const MOST_PARAMETERS = 5e8;
/** Numbers of a graph that are none of its parameters don't learn. */
const NEVER = { learningRate: 0, decay: 0 };
const PLAIN = { weight: { learningRate: 1, decay: 1 }, bias: { learningRate: 1, decay: 0 } };

/** A layer of the network language under construction, without a name. */
export type Unnamed = { readonly type: LayerSpec['type'] } & Readonly<Record<string, unknown>>;

/** Puts layers together, in the order in which they are computed. Throws UserErrors, one clause, that name the node. */
export class Builder {
  readonly layers: Made[] = [];
  /** What the graph does to the pixels before its first layer; undefined: nothing read them yet. */
  scaling: Scaling | undefined;
  #left = MOST_PARAMETERS;
  readonly #images: Shape;
  readonly #inOtherForms = new Map<string, number>();
  readonly #computed = new WeakMap<Float64Array, number>();
  readonly #readers = new Map<number, number>();

  /** Images of a batch that the graph fixes the number of. */
  readonly batch: number;

  /** @param channels of the images that the graph reads */
  constructor(size: number, channels: number, batch = 1) {
    this.batch = batch;
    this.#images = [channels, size, size];
  }

  /** The images as a graph reads them. @param last whether channels come last */
  images(last: boolean): Value {
    const [channels, size] = this.#images;
    const scaling: Scaling = { factor: Array(channels).fill(1), term: Array(channels).fill(0) };
    const value = { ...valueOf(-1, this.#images, [1, ...this.#images]), scaling };
    return last ? { ...value, shape: [1, size, size, channels], order: channels === 1 ? [0, 1] : [1, 2, 0] } : value;
  }

  /** Adds a layer that reads values in their own shapes; the result has the layer's output as its shape. */
  add(node: Node, unnamed: Unnamed, inputs: readonly Value[], { weights = {}, ...named }: Named = {}): Value {
    const isWeighted = unnamed.type === 'conv' || unnamed.type === 'dense';
    const parsed = layerSchema.safeParse({
      ...unnamed,
      ...(isWeighted && { multipliers: PLAIN }),
      ...(NAMED.has(unnamed.type) && { name: 'unnamed' }),
    });
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      throw node.wrong(`has a ${String(path.at(-1) ?? 'setting')} that is not possible here (${message})`);
    }
    const spec = parsed.data as LayerSpec;
    const shapes = inputs.map(({ own }) => own);
    const wrong = (what: string) => node.wrong(`does not fit what it reads: ${what.replace(/\.$/, '')}`);
    const output = definitionOf(spec).output(spec, { inputs: shapes, classes: 0, wrong });
    this.#left -= Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
    if (this.#left < 0 || this.layers.length >= MOST_LAYERS)
      throw node.wrong('brings it to more layers or parameters than a network can have here');
    const sources = inputs.map(({ place }) => place);
    for (const source of sources) this.#readers.set(source, (this.#readers.get(source) ?? 0) + 1);
    this.layers.push({ spec, sources, output, weights, node, ...named });
    return valueOf(this.layers.length - 1, output, [1, ...output]);
  }

  /** Whether no layer reads a layer's output yet. */
  isUnread(place: number): boolean {
    return !this.#readers.has(place);
  }

  /** A layer of each number: the value with another layer's numbers in the same places. */
  ofEach(node: Node, value: Value, unnamed: Unnamed, named?: Named): Value {
    const x = this.settled(node, value);
    return { ...x, place: this.add(node, unnamed, [x], named).place };
  }

  /** With what is still to be computed: functions of each number, and the images' scaling. */
  settled(node: Node, value: Value): Value {
    const { scaling, samples, steps = [], ...rest } = value;
    if (scaling) this.#settleImages(node, scaling);
    if (!samples) return rest;
    const known = this.#computed.get(samples);
    const place = known ?? this.#compute(node, rest, samples, steps);
    this.#computed.set(samples, place);
    return { ...rest, place };
  }

  #settleImages(node: Node, scaling: Scaling): void {
    if (this.scaling && JSON.stringify(this.scaling) !== JSON.stringify(scaling))
      throw node.wrong('reads pixels that are scaled in another way than those that another node reads');
    this.scaling = scaling;
  }

  #compute(node: Node, x: Value, samples: Float64Array, steps: NonNullable<Value['steps']>): number {
    const found = recognised(samples);
    if (!found) return this.#computeInSteps(node, x, steps);
    const { layer, factor, term } = found;
    const before = this.layers[x.place] as Made | undefined;
    // Attention divides its scores by a number.
    if (!layer && term === 0 && factor > 0 && before?.spec.type === 'matrix-product' && this.isUnread(x.place)) {
      before.spec = { ...before.spec, scale: before.spec.scale * factor };
      return x.place;
    }
    let value = layer ? this.add(node, layer as Unnamed, [x]) : x;
    if (factor !== 1) value = this.add(node, number('multiply'), [value], { weights: scalar(factor), title: 'factor' });
    if (term !== 0) value = this.add(node, number('add'), [value], { weights: scalar(term), title: 'term' });
    return value.place;
  }

  /** A function that is several layers: as many of its steps as make one, and then the others. */
  #computeInSteps(node: Node, x: Value, steps: NonNullable<Value['steps']>): number {
    for (let last = steps.length - 2; last >= 0; last--) {
      const later = steps.slice(last + 1);
      if (!later.every(({ compute }) => compute)) break;
      if (!recognised(steps[last].samples)) continue;
      const place = this.#compute(node, x, steps[last].samples, []);
      const rest = later.reduce((value: Value, { compute }) => mapped(value, compute!), { ...x, place });
      return this.settled(node, rest).place;
    }
    const [{ joined } = {}, ...later] = steps;
    if (joined && later.every(({ compute }) => compute)) {
      const values = joined.values.map((value) => this.settled(node, value));
      const { place } = this.add(node, { type: joined.type }, values);
      const rest = later.reduce((value: Value, { compute }) => mapped(value, compute!), { ...x, place });
      return this.settled(node, rest).place;
    }
    throw node.wrong('comes after operators that make no function of one number that is known here');
  }

  /** The value with its sides in the order of its layer: turned by a layer where they are not. */
  plain(node: Node, value: Value): Value {
    const x = this.settled(node, value);
    if (inOrder(x.order)) return reshaped(x, x.shape);
    const { laid, order, shape } = x;
    const seen = this.#inForm(node, x, laid);
    const key = `${seen.place} by ${order.join()}`;
    const place = this.#inOtherForms.get(key) ?? this.add(node, { type: 'transpose', order }, [seen]).place;
    this.#inOtherForms.set(key, place);
    return reshaped(
      valueOf(
        place,
        order.map((side) => laid[side]),
        shape,
      ),
      shape,
    );
  }

  /** The value as its layer's output of this shape; its sides must be in order. */
  as(node: Node, value: Value, own: Shape): Value {
    const x = this.plain(node, value);
    return { ...this.#inForm(node, x, own), shape: x.shape };
  }

  /** A value whose turned sides stay as they are, put out by its layer in this shape, which has the same sides but for 1. */
  inForm(node: Node, value: Value, own: Shape): Value {
    return this.#inForm(node, this.settled(node, value), own);
  }

  /** A value whose sides are those of its layer's output, but for sides of 1. */
  laidOut(node: Node, value: Value): Value {
    const x = this.settled(node, value);
    return squeezed(x.own).join() === x.laid.join() ? x : this.#inForm(node, x, x.laid);
  }

  #inForm(node: Node, x: Value, own: Shape): Value {
    if (x.own.join() === own.join()) return x;
    if (x.place < 0 && volume(x.own) !== volume(own)) throw new Error('a value in a form of another size');
    const key = `${x.place} as ${own.join()}`;
    const place = this.#inOtherForms.get(key) ?? this.add(node, { type: 'reshape', shape: [...own] }, [x]).place;
    this.#inOtherForms.set(key, place);
    return { ...x, place, own };
  }

  /** The value as an image [channels, rows, columns]. */
  image(node: Node, value: Value): Value {
    const { shape } = value;
    if (shape.length !== 4 || shape[0] !== 1)
      throw node.wrong(`reads a value of ${shape.join('x')}, which is not one of images`);
    return this.as(node, value, shape.slice(1));
  }

  /** The value with sides that are its layer's, so that a side of one is a side of the other. */
  withSides(node: Node, value: Value): Value {
    return hasSides(value) ? value : this.plain(node, value);
  }
}

const NAMED: ReadonlySet<string> = new Set(['conv', 'dense', 'batch-norm', 'layer-norm', 'group-norm', 'table']);
const number = (mode: 'add' | 'multiply'): Unnamed => ({ type: 'table', mode, shape: [1], multipliers: NEVER });
const scalar = (value: number): Weighted => ({ table: { shape: [1], data: Float32Array.of(value) } });

/** Steps of a function that are remembered. */
const MOST_STEPS = 16;

/** A function of each number of a value, on top of those that are still to be computed. */
export function mapped(value: Value, compute: (x: number) => number): Value {
  const samples = (value.samples ?? POINTS).map(compute);
  const steps = [...(value.steps ?? []), { samples, compute }].slice(-MOST_STEPS);
  return { ...value, samples, steps };
}
