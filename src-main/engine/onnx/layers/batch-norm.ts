import { asImages } from '../standard/graph.ts';
import type { Graph, Value } from '../graph.ts';
import { plus, scaledImages, scaledWhereMade, sumOfImages, sumOfProducts, withSummand } from './images-in-blocks.ts';
import { ALL, type LayerForm, type LayerKind, type LayerOf } from './layer.ts';

/** How the values of a channel lie in a layout. */
interface Channels {
  /** Values with a channel's own along certain sides. */
  readonly apart: (value: Value) => Value;
  readonly together: (value: Value) => Value;
  /** [channels] in the sides of `apart`. */
  readonly spread: (vector: Value) => Value;
  /** The sum over images and pixels of values that are `apart`: [channels]. */
  readonly sum: (value: Value) => Value;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015, algorithm 1): over the M values of a channel in a batch
 *
 *     m = mean of x    v = mean of (x - m)^2    h = (x - m) / sqrt(v + epsilon)    y = w h + b
 *
 * Running statistics follow as in PyTorch: r <- (1 - momentum) r + momentum s, with s = m, and v M / (M - 1). A frozen layer
 * and an evaluation take the running ones in place of m and v.
 *
 * Every x of a channel stands in m and v too, whose parts add up (section 3) to
 *
 *     db = sum of dy    dw = sum of dy h    dx = w / sqrt(v + epsilon) (dy - db / M - h dw / M)
 *
 * With running statistics, m and v don't depend on x, and dx = w / sqrt(v + epsilon) dy.
 */
const formWith =
  (channelsOf: (graph: Graph, layer: LayerOf<'batch-norm'>, batch: number) => Channels): LayerForm<'batch-norm'> =>
  (graph, layer, { inputs: [x], batch, parameters, ofBatch }) => {
    const { weight, bias, runningMean, runningVariance } = parameters!;
    const { apart, together, spread, sum } = channelsOf(graph, layer, batch);
    const { epsilon, momentum } = layer.spec;
    const count = batch * layer.input[1] * layer.input[2];
    const share = graph.constant(1 / count);
    const values = apart(x);
    const mul = (a: Value, b: Value) => graph.node('Mul', [a, b]);
    const add = (a: Value, b: Value) => graph.node('Add', [a, b]);
    const mean = ofBatch ? mul(sum(values), share) : runningMean!;
    const differences = graph.node('Sub', [values, spread(mean)]);
    const variance = ofBatch ? mul(sum(mul(differences, differences)), share) : runningVariance!;
    const inverse = graph.node('Reciprocal', [graph.node('Sqrt', [add(variance, graph.constant(epsilon))])]);
    const factor = mul(weight!, inverse);
    const y = together(add(mul(differences, spread(factor)), spread(bias!)));
    const follow = (running: Value, now: Value, unbiased: number) =>
      add(mul(running, graph.constant(1 - momentum)), mul(now, graph.constant(momentum * unbiased)));
    return {
      y,
      statistics: ofBatch
        ? {
            runningMean: follow(runningMean!, mean, 1),
            runningVariance: follow(runningVariance!, variance, count / Math.max(1, count - 1)),
          }
        : undefined,
      backward: (dy, [needX], learns = ALL) => {
        const gradients = apart(dy);
        const forX = needX && ofBatch;
        const dBias = forX || learns('bias') ? sum(gradients) : undefined;
        const dWeight = forX || learns('weight') ? mul(sum(mul(gradients, differences)), inverse) : undefined;
        return {
          inputs: [needX ? together(inputGradient()) : undefined],
          parameters: {
            weight: learns('weight') ? dWeight : undefined,
            bias: learns('bias') ? dBias : undefined,
          },
        };

        function inputGradient(): Value {
          const scaled = mul(gradients, spread(factor));
          if (!ofBatch) return scaled;
          const perCount = mul(factor, share);
          const ofDifferences = mul(differences, spread(mul(mul(perCount, inverse), dWeight!)));
          return graph.node('Sub', [graph.node('Sub', [scaled, ofDifferences]), spread(mul(perCount, dBias!))]);
        }
      },
    };
  };

/** Images [N, channels, rows, columns]. */
const inImages = (graph: Graph, { input: [channels, rows, columns] }: LayerOf<'batch-norm'>): Channels => ({
  apart: (value) => graph.reshape(value, -1, channels, rows * columns),
  together: (value) => graph.reshape(value, -1, channels, rows, columns),
  spread: (vector) => graph.reshape(vector, 1, channels, 1),
  sum: (value) => graph.node('ReduceSum', [value, graph.integers(0, 2)], { keepdims: 0 }),
});

/**
 * Of blocked images. Here the variance is the mean of squares less the squared mean, as both are sums that one pass makes
 * without writing anything. So that nothing is lost where a mean is large, the running mean, which is near it, is taken from x
 * where a convolution makes it: with z = x - r, variance and gradients are the same. The gradient is dx = s dy + c z + e, with
 *
 *     s = w / sqrt(v + epsilon)    c = -s dw / (M sqrt(v + epsilon))    e = -s db / M - c m
 *
 * and a convolution below takes dx / s, which is made in one pass, and multiplies its weights with s. Where nothing is learned, its
 * weights are multiplied forwards too, and no pass is left.
 */
const inBlocks =
  (block: number): LayerForm<'batch-norm'> =>
  (graph, layer, { inputs: [x], batch, parameters, ofBatch, alone, takesFactor, fixed }) => {
    const { weight, bias, runningMean, runningVariance } = parameters!;
    const { epsilon, momentum } = layer.spec;
    const [channels, rows, columns] = layer.input;
    const images = { batch, block, channels, pixels: rows * columns };
    const count = batch * images.pixels;
    const share = graph.constant(1 / count);
    const mul = (a: Value, b: Value) => graph.node('Mul', [a, b]);
    const add = (a: Value, b: Value) => graph.node('Add', [a, b]);
    const sub = (a: Value, b: Value) => graph.node('Sub', [a, b]);
    const isCentred = ofBatch && alone?.[0] && withSummand(graph, x, () => graph.node('Neg', [runningMean!]));
    const mean = ofBatch ? mul(sumOfImages(graph, x, images), share) : runningMean!;
    const variance = ofBatch ? varianceOfBatch() : runningVariance!;
    const inverse = graph.node('Reciprocal', [graph.node('Sqrt', [add(variance, graph.constant(epsilon))])]);
    const factor = mul(weight!, inverse);
    const summand = () => sub(bias!, mul(factor, mean));
    const isFolded = fixed && !ofBatch && alone?.[0] && scaledWhereMade(graph, x, images, () => factor, summand);
    const follow = (running: Value, now: Value, unbiased: number) =>
      add(mul(running, graph.constant(1 - momentum)), mul(now, graph.constant(momentum * unbiased)));
    const moved = mul(mean, graph.constant(momentum));
    return {
      y: isFolded ? x : scaledImages(graph, x, channels, factor, summand()),
      statistics: ofBatch
        ? {
            runningMean: isCentred ? add(runningMean!, moved) : follow(runningMean!, mean, 1),
            runningVariance: follow(runningVariance!, variance, count / Math.max(1, count - 1)),
          }
        : undefined,
      backward: (dy, [needX], learns = ALL) => {
        const forX = needX && ofBatch;
        const dBias = forX || learns('bias') || learns('weight') ? sumOfImages(graph, dy, images) : undefined;
        const dWeight =
          forX || learns('weight')
            ? mul(sub(sumOfProducts(graph, dy, x, images), mul(mean, dBias!)), inverse)
            : undefined;
        return {
          inputs: [needX ? inputGradient() : undefined],
          ...(ofBatch && takesFactor && { factor }),
          parameters: {
            weight: learns('weight') ? dWeight : undefined,
            bias: learns('bias') ? dBias : undefined,
          },
        };

        function inputGradient(): Value {
          if (!ofBatch) return scaledImages(graph, dy, channels, factor);
          const minusShare = graph.constant(-1 / count);
          const perCount = takesFactor ? minusShare : mul(factor, minusShare);
          const ofX = mul(perCount, mul(inverse, dWeight!));
          const constant = sub(mul(perCount, dBias!), mul(ofX, mean));
          const rest = scaledImages(graph, x, channels, ofX, constant);
          return plus(graph, rest, takesFactor ? dy : scaledImages(graph, dy, channels, factor));
        }
      },
    };

    function varianceOfBatch(): Value {
      const ofSquares = mul(sumOfProducts(graph, x, x, images), share);
      return graph.node('Max', [sub(ofSquares, mul(mean, mean)), graph.constant(0)]);
    }
  };

export const batchNorm: LayerKind<'batch-norm'> = {
  batchFirst: formWith(inImages),
  blocked: inBlocks,
  standard: (graph, { name: layer, spec }, name, [x], output) => {
    const parameters = ['weight', 'bias', 'running_mean', 'running_var'].map((ending) => `${layer}.${ending}`);
    const inputs = [asImages(graph, name, x), ...parameters];
    const value = graph.node(name, 'BatchNormalization', inputs, { epsilon: { float: spec.epsilon } }, output);
    return { value, flat: false };
  },
};
