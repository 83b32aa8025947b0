import type { Graph, Value } from '../graph.ts';

export interface LossValue {
  /** Mean loss in nats, a scalar. */
  readonly loss: Value;
  /** Images whose highest logit is their label's, the first of equal ones; an int32 scalar. */
  readonly correct: Value;
  /** The class with the highest logit of each image, the first of equal ones, [N, 1] or [1, N]. */
  readonly answers: Value;
  /** Logarithms of the probabilities, [N, classes]. */
  readonly logProbabilities: Value;
  /** Whether a class is the image's label, [N, classes], bool. */
  readonly isLabel: Value;
}

/**
 * loss = -mean over images of log p[label], p = softmax(logits), with `logits` [classes, N] and `labels` int32 [N, 1].
 * LogSoftmax subtracts the maximum first, so large logits don't overflow.
 */
function forward(graph: Graph, logitsBatchLast: Value, labels: Value, classes: number, smoothing = 0): LossValue {
  const logits = graph.transpose(logitsBatchLast, 1, 0);
  const classNumbers = graph.int32(
    Array.from({ length: classes }, (_, label) => label),
    [1, classes],
  );
  const isLabel = graph.node('Equal', [labels, classNumbers]);
  const logProbabilities = graph.node('LogSoftmax', [logits], { axis: 1 });
  // A product with 0 and 1 would not do: the logarithm of a probability of 0 is -Infinity, and 0 * -Infinity is NaN.
  const picked = graph.node('Where', [isLabel, logProbabilities, graph.constant(0)]);
  const ofLabels = graph.node('ReduceSum', [picked, graph.integers(1)], { keepdims: 0 });
  const perImage = smoothed(graph, ofLabels, logProbabilities, 1, smoothing);
  const loss = graph.node('Neg', [graph.node('ReduceMean', [perImage, graph.integers(0)], { keepdims: 0 })]);
  const highest = graph.cast(graph.node('ArgMax', [logits], { axis: 1, keepdims: 1 }), 'int32');
  const hits = graph.cast(graph.node('Equal', [highest, labels]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, answers: highest, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]; the derivation is in Bishop 2006, section 4.3.4. */
function backward(
  graph: Graph,
  batch: number,
  { logProbabilities, isLabel }: LossValue,
  classes: number,
  smoothing = 0,
): Value {
  const probabilities = graph.node('Exp', [logProbabilities]);
  const difference = graph.node('Sub', [probabilities, smoothedTarget(graph, isLabel, classes, smoothing)]);
  return graph.transpose(graph.node('Mul', [difference, graph.constant(1 / batch)]), 1, 0);
}

/** Label smoothing (Szegedy et al. 2016, section 7): (1 - s) log p[label] + s times the mean of log p over the classes. */
function smoothed(graph: Graph, ofLabels: Value, logProbabilities: Value, classAxis: number, smoothing: number): Value {
  if (smoothing === 0) return ofLabels;
  const mean = graph.node('ReduceMean', [logProbabilities, graph.integers(classAxis)], { keepdims: 0 });
  const part = (value: Value, share: number) => graph.node('Mul', [value, graph.constant(share)]);
  return graph.node('Add', [part(ofLabels, 1 - smoothing), part(mean, smoothing)]);
}

/** What p is drawn to: 1 for the label, smoothed to (1 - s) + s / classes, and s / classes for the others. */
function smoothedTarget(graph: Graph, isLabel: Value, classes: number, smoothing: number): Value {
  const label = graph.cast(isLabel);
  if (smoothing === 0) return label;
  const scaled = graph.node('Mul', [label, graph.constant(1 - smoothing)]);
  return graph.node('Add', [scaled, graph.constant(smoothing / classes)]);
}

/**
 * The same for graphics cards: the batch is last throughout, and nothing is used that the WebGPU provider leaves to the
 * processor (LogSoftmax, whole numbers of 64 bits, the transpose of truth values).
 *
 *     log p[c, i] = z[c, i] - max z[, i] - log sum over k of exp(z[k, i] - max z[, i])
 */
function cardForward(graph: Graph, logits: Value, labels: Value, classes: number, smoothing = 0): LossValue {
  const numbers = Array.from({ length: classes }, (_, label) => label);
  const overClasses = graph.integers(0);
  const highest = graph.node('ReduceMax', [logits, overClasses]);
  const shifted = graph.node('Sub', [logits, highest]);
  const sum = graph.node('ReduceSum', [graph.node('Exp', [shifted]), overClasses]);
  const logProbabilities = graph.node('Sub', [shifted, graph.node('Log', [sum])]);
  const labelOfImage = graph.reshape(labels, 1, -1);
  const isLabel = graph.node('Equal', [labelOfImage, graph.int32(numbers, [classes, 1])]);
  const picked = graph.node('Where', [isLabel, logProbabilities, graph.constant(0)]);
  const ofLabels = graph.node('ReduceSum', [picked, overClasses], { keepdims: 0 });
  const perImage = smoothed(graph, ofLabels, logProbabilities, 0, smoothing);
  const loss = graph.node('Neg', [graph.node('ReduceMean', [perImage, graph.integers(0)], { keepdims: 0 })]);
  // Of equal logits the first counts: the lowest number among the classes with the highest logit.
  const isHighest = graph.node('Equal', [logits, highest]);
  const answers = graph.node('Where', [isHighest, graph.constant(numbers, [classes, 1]), graph.constant(classes)]);
  const answer = graph.node('ReduceMin', [answers, overClasses]);
  const hits = graph.cast(graph.node('Equal', [answer, graph.cast(labelOfImage)]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, answers: answer, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]. */
const cardBackward: typeof backward = (graph, batch, { logProbabilities, isLabel }, classes, smoothing = 0) => {
  const probabilities = graph.node('Exp', [logProbabilities]);
  const difference = graph.node('Sub', [probabilities, smoothedTarget(graph, isLabel, classes, smoothing)]);
  return graph.node('Mul', [difference, graph.constant(1 / batch)]);
};

/** The loss in the forms that layouts need: batch last, and on graphics cards. */
export const softmaxCrossEntropy = { forward, backward };
export const softmaxCrossEntropyOnCard: typeof softmaxCrossEntropy = { forward: cardForward, backward: cardBackward };
