import { volume } from '../../network/layers/layer.ts';
import { momentsOf } from '../../network/optimiser.ts';
import type { Parameter } from '../../network/network.ts';
import type { TrainingSpec } from '../../network/spec.ts';
import type { Graph, Value } from './graph.ts';
import { momentumOf, next } from './inputs.ts';
import { plus, scaledImages } from './layers/images-in-blocks.ts';

/** Added to the norm that gradients are divided by, as in PyTorch. */
const TINY = 1e-6;
/** So many numbers are no longer updated in less time than operators take to begin. */
const MANY = 2 ** 15;
/** Which threads share. */
const ROWS = 64;

/** The update of parameters that learn, by the rule of their network's optimiser (engine.ts). */
export class Updates {
  readonly #graph: Graph;
  readonly #training: TrainingSpec;
  readonly #learningRate: Value;
  readonly #gradients: { readonly parameter: Parameter; readonly gradient: Value }[] = [];
  /** Vectors that learn alike, to be updated as one: each operator takes longer to begin than for so few numbers. */
  readonly #vectors = new Map<string, { readonly parameter: Parameter; readonly gradient: Value }[]>();
  /** Whether the learning rate is multiplied with the loss's gradient: all are linear in that one, and none is passed over. */
  readonly #early: boolean;
  readonly #joins: boolean;
  readonly #block: number | undefined;
  /** Sums of many numbers as they were made, by what has the shape of their parameter. */
  readonly #blocked = new Map<Value, Value>();

  /**
   * @param joins whether an operator may read and make any number of values, which graphics cards can't bind
   * @param block of blocked images, where the processor has kernels for them
   */
  constructor(graph: Graph, training: TrainingSpec, learningRate: Value, joins: boolean, block?: number) {
    this.#graph = graph;
    this.#training = training;
    this.#learningRate = learningRate;
    this.#joins = joins;
    this.#block = block;
    this.#early = training.optimiser === undefined && training.clipNorm === undefined;
  }

  /** The gradient of the loss that all others are made from. */
  scaled(dLoss: Value): Value {
    return this.#early ? this.#graph.node('Mul', [dLoss, this.#learningRate]) : dLoss;
  }

  /** Takes the gradient of a parameter, made from `scaled`. */
  add(parameter: Parameter, gradient: Value): void {
    if (this.#early) this.#descend(parameter, gradient);
    else this.#gradients.push({ parameter, gradient });
  }

  /** To be called when all gradients are there. */
  finish(): void {
    this.#finishEach();
    for (const vectors of this.#vectors.values()) this.#descendTogether(vectors);
  }

  #finishEach(): void {
    const factor = this.#clipFactor();
    const scale = (gradient: Value, by: Value) => this.#graph.node('Mul', [gradient, by]);
    if (this.#training.optimiser === undefined) {
      if (this.#gradients.length === 0) return;
      const rate = factor === undefined ? this.#learningRate : scale(this.#learningRate, factor);
      for (const { parameter, gradient } of this.#gradients) this.#descend(parameter, scale(gradient, rate));
    } else
      for (const { parameter, gradient } of this.#gradients)
        this.#adapt(parameter, factor === undefined ? gradient : scale(gradient, factor));
  }

  /** min(1, clipNorm / norm of all gradients) (Pascanu et al. 2013, algorithm 1); undefined where nothing is clipped. */
  #clipFactor(): Value | undefined {
    const { clipNorm } = this.#training;
    if (clipNorm === undefined || this.#gradients.length === 0) return undefined;
    const graph = this.#graph;
    const squares = this.#gradients.map(({ gradient }) => graph.node('ReduceSumSquare', [gradient], { keepdims: 0 }));
    // Two by two, as graphics cards have no kernel for a sum of many.
    const norm = graph.node('Sqrt', [squares.reduce((sum, square) => graph.node('Add', [sum, square]))]);
    const quotient = graph.node('Div', [graph.constant(clipNorm), graph.node('Add', [norm, graph.constant(TINY)])]);
    return graph.node('Min', [quotient, graph.constant(1)]);
  }

  /** A value of this shape, or a scalar that is to be multiplied with one, times a number. */
  #times(x: Value, factor: number, shape: readonly number[]): Value {
    return factor === 1 ? x : this.#graph.node('Mul', [x, this.#graph.factor(factor, shape)]);
  }

  /**
   * v <- momentum v + rate (gradient + decay w); w <- w - v, given a gradient times the learning rate. Factors of 0 and 1 make
   * no nodes.
   */
  #descend(parameter: Parameter, gradient: Value): void {
    const { name, shape, multipliers } = parameter;
    const graph = this.#graph;
    if (this.#joins && shape.length === 1) {
      const key = `${multipliers.learningRate} ${multipliers.decay}`;
      const alike = this.#vectors.get(key) ?? [];
      this.#vectors.set(key, [...alike, { parameter, gradient }]);
      return;
    }
    const [nextV, nextW] = this.#moved(name, this.#remembered(name, shape), gradient, parameter);
    this.#remember(name, nextV, shape);
    graph.output(next(name), nextW, shape);
  }

  #descendTogether(vectors: readonly { readonly parameter: Parameter; readonly gradient: Value }[]): void {
    const graph = this.#graph;
    const joined = (values: Value[]) => (values.length === 1 ? values[0] : graph.node('Concat', values, { axis: 0 }));
    const names = vectors.map(({ parameter }) => parameter.name);
    const sizes = vectors.map(({ parameter }) => parameter.size);
    const shape = [sizes.reduce((sum, size) => sum + size)];
    const v = joined(vectors.map(({ parameter: { name, shape } }) => graph.input(momentumOf(name), shape)));
    const gradient = joined(vectors.map(({ gradient }) => gradient));
    const moved = this.#moved(joined(names), v, gradient, { ...vectors[0].parameter, shape });
    moved.forEach((value, place) => {
      const parts =
        names.length === 1 ? [value] : graph.nodes('Split', [value, graph.integers(...sizes)], sizes.length);
      names.forEach((name, index) =>
        graph.output(next(place === 0 ? momentumOf(name) : name), parts[index], [sizes[index]]),
      );
    });
  }

  /** The next v and w. */
  #moved(
    w: Value,
    v: Value,
    gradient: Value,
    { shape, multipliers }: Pick<Parameter, 'shape' | 'multipliers'>,
  ): [v: Value, w: Value] {
    const graph = this.#graph;
    const { momentum, weightDecay } = this.#training;
    const own = this.#times(gradient, multipliers.learningRate, shape);
    const moved = momentum === 1 ? graph.node('Add', [v, own]) : this.#sum(v, graph.constant(momentum), own, shape);
    const decay = weightDecay * multipliers.decay * multipliers.learningRate;
    const decayed = decay === 0 ? moved : this.#sum(w, this.#times(this.#learningRate, decay, []), moved, shape);
    return [decayed, graph.node('Sub', [w, decayed])];
  }

  /** What the optimiser remembered of a parameter, in its shape, whatever shape it has in the state. */
  #remembered(name: string, shape: readonly number[]): Value {
    const input = momentumOf(name);
    return this.#isLarge(shape)
      ? this.#graph.reshape(this.#graph.input(input), ...shape)
      : this.#graph.input(input, shape);
  }

  /** Makes a value what it remembers; as it was made, as to give an output another shape is to copy it. */
  #remember(name: string, value: Value, shape: readonly number[]): Value {
    const blocked = this.#blocked.get(value);
    const output = this.#graph.output(
      next(momentumOf(name)),
      blocked ?? value,
      blocked === undefined ? shape : undefined,
    );
    return blocked === undefined ? output : value;
  }

  #isLarge(shape: readonly number[]): boolean {
    const size = volume(shape);
    return size >= MANY && size % ((this.#block ?? Infinity) * ROWS) === 0;
  }

  /**
   * factor x + sum, with a scalar. Of many numbers it is a convolution of blocked images with one number for each channel, which
   * reads and writes everything once: a third of the time of Mul and Add.
   */
  #sum(x: Value, factor: Value, sum: Value, shape: readonly number[]): Value {
    const graph = this.#graph;
    if (!this.#isLarge(shape)) {
      const ofShape = shape.at(-1) === 1 ? graph.reshape(factor, ...shape.map(() => 1)) : factor;
      return graph.node('Add', [graph.node('Mul', [x, ofShape]), sum]);
    }
    const block = this.#block!;
    const [ofX, ofSum] = [x, sum].map((value) => graph.reshape(value, 1, block, ROWS, volume(shape) / block / ROWS));
    const factors = graph.node('Expand', [factor, graph.integers(block)]);
    const blocked = plus(graph, scaledImages(graph, ofX, block, factors), ofSum);
    const ofShape = graph.reshape(blocked, ...shape);
    this.#blocked.set(ofShape, blocked);
    return ofShape;
  }

  /**
   * AdamW (Loshchilov and Hutter 2019, algorithm 2; PyTorch's form of it), with t the steps that this parameter has learned for:
   *
   *     m <- beta1 m + (1 - beta1) g    v <- beta2 v + (1 - beta2) g^2
   *     w <- (1 - rate decay) w - rate / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
   */
  #adapt(parameter: Parameter, gradient: Value): void {
    const graph = this.#graph;
    const { momentum: beta1, weightDecay, optimiser } = this.#training;
    const { beta2, epsilon } = optimiser!;
    const { name, shape, multipliers } = parameter;
    const mul = (a: Value, b: Value) => graph.node('Mul', [a, b]);
    const [m, v, t] = momentsOf(parameter, this.#training).map((moment) => {
      const input = this.#remembered(moment.name, moment.shape);
      return { input, next: (value: Value) => this.#remember(moment.name, value, moment.shape) };
    });
    const mean = (moment: Value, beta: number, value: Value) =>
      this.#sum(moment, graph.constant(beta), this.#times(value, 1 - beta, shape), shape);
    // As many axes as the weights, for the reason of `factor`.
    const scalar = (value: Value) => (shape.at(-1) === 1 ? graph.reshape(value, ...shape.map(() => 1)) : value);
    const steps = scalar(t.next(graph.node('Add', [t.input, graph.constant(1)])));
    const first = m.next(mean(m.input, beta1, gradient));
    const second = v.next(mean(v.input, beta2, mul(gradient, gradient)));
    const correction = (beta: number) =>
      graph.node('Sub', [graph.constant(1), graph.node('Pow', [graph.constant(beta), steps])]);
    const ownRate = this.#times(this.#learningRate, multipliers.learningRate, []);
    const rate = scalar(ownRate);
    const root = graph.node('Div', [graph.node('Sqrt', [second]), graph.node('Sqrt', [correction(beta2)])]);
    const direction = graph.node('Div', [first, graph.node('Add', [root, graph.factor(epsilon, shape)])]);
    const step = graph.node('Div', [rate, correction(beta1)]);
    const decay = weightDecay * multipliers.decay;
    const nextW =
      decay === 0
        ? graph.node('Sub', [name, mul(direction, step)])
        : this.#sum(
            name,
            graph.node('Sub', [graph.constant(1), this.#times(ownRate, decay, [])]),
            mul(direction, graph.node('Neg', [step])),
            shape,
          );
    graph.output(next(name), nextW, shape);
  }
}
