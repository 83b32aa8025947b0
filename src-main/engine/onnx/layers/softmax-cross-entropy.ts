import type { Graph, Value } from '../graph.ts';

export interface LossValue {
  /** Mean loss in nats, a scalar. */
  readonly loss: Value;
  /** Images whose highest logit is their label's, the first of equal ones; an int32 scalar. */
  readonly correct: Value;
  /** Logarithms of the probabilities, [N, classes]. */
  readonly logProbabilities: Value;
  /** Whether a class is the image's label, [N, classes], bool. */
  readonly isLabel: Value;
}

/**
 * loss = -mean over images of log p[label], p = softmax(logits), with `logits` [classes, N] and `labels` int32 [N, 1].
 * LogSoftmax subtracts the maximum first, so large logits don't overflow.
 */
function forward(graph: Graph, logitsBatchLast: Value, labels: Value, classes: number): LossValue {
  const logits = graph.transpose(logitsBatchLast, 1, 0);
  const classNumbers = graph.int32(
    Array.from({ length: classes }, (_, label) => label),
    [1, classes],
  );
  const isLabel = graph.node('Equal', [labels, classNumbers]);
  const logProbabilities = graph.node('LogSoftmax', [logits], { axis: 1 });
  // A product with 0 and 1 would not do: the logarithm of a probability of 0 is -Infinity, and 0 * -Infinity is NaN.
  const picked = graph.node('Where', [isLabel, logProbabilities, graph.constant(0)]);
  const perImage = graph.node('ReduceSum', [picked, graph.integers(1)], { keepdims: 0 });
  const loss = graph.node('Neg', [graph.node('ReduceMean', [perImage, graph.integers(0)], { keepdims: 0 })]);
  const highest = graph.cast(graph.node('ArgMax', [logits], { axis: 1, keepdims: 1 }), 'int32');
  const hits = graph.cast(graph.node('Equal', [highest, labels]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]; the derivation is in Bishop 2006, section 4.3.4. */
function backward(graph: Graph, batch: number, { logProbabilities, isLabel }: LossValue): Value {
  const difference = graph.node('Sub', [graph.node('Exp', [logProbabilities]), graph.cast(isLabel)]);
  return graph.transpose(graph.node('Mul', [difference, graph.constant(1 / batch)]), 1, 0);
}

/**
 * The same for graphics cards: the batch is last throughout, and nothing is used that the WebGPU provider leaves to the
 * processor (LogSoftmax, whole numbers of 64 bits, the transpose of truth values).
 *
 *     log p[c, i] = z[c, i] - max z[, i] - log sum over k of exp(z[k, i] - max z[, i])
 */
function cardForward(graph: Graph, logits: Value, labels: Value, classes: number): LossValue {
  const numbers = Array.from({ length: classes }, (_, label) => label);
  const overClasses = graph.integers(0);
  const highest = graph.node('ReduceMax', [logits, overClasses]);
  const shifted = graph.node('Sub', [logits, highest]);
  const sum = graph.node('ReduceSum', [graph.node('Exp', [shifted]), overClasses]);
  const logProbabilities = graph.node('Sub', [shifted, graph.node('Log', [sum])]);
  const labelOfImage = graph.reshape(labels, 1, -1);
  const isLabel = graph.node('Equal', [labelOfImage, graph.int32(numbers, [classes, 1])]);
  const picked = graph.node('Where', [isLabel, logProbabilities, graph.constant(0)]);
  const perImage = graph.node('ReduceSum', [picked, overClasses], { keepdims: 0 });
  const loss = graph.node('Neg', [graph.node('ReduceMean', [perImage, graph.integers(0)], { keepdims: 0 })]);
  // Of equal logits the first counts: the lowest number among the classes with the highest logit.
  const isHighest = graph.node('Equal', [logits, highest]);
  const answers = graph.node('Where', [isHighest, graph.constant(numbers, [classes, 1]), graph.constant(classes)]);
  const answer = graph.node('ReduceMin', [answers, overClasses]);
  const hits = graph.cast(graph.node('Equal', [answer, graph.cast(labelOfImage)]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]. */
function cardBackward(graph: Graph, batch: number, { logProbabilities, isLabel }: LossValue): Value {
  const difference = graph.node('Sub', [graph.node('Exp', [logProbabilities]), graph.cast(isLabel)]);
  return graph.node('Mul', [difference, graph.constant(1 / batch)]);
}

/** The loss in the forms that layouts need: batch last, and on graphics cards. */
export const softmaxCrossEntropy = { forward, backward };
export const softmaxCrossEntropyOnCard: typeof softmaxCrossEntropy = { forward: cardForward, backward: cardBackward };
