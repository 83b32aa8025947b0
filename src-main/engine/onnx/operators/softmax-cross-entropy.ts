import type { Graph, Value } from '../graph.ts';

export interface SoftmaxCrossEntropy {
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
 * loss = -mean over images of log p[label], p = softmax(logits). `logits` is [classes, N], `labels` int32 [N, 1].
 * LogSoftmax subtracts the maximum first, so large logits don't overflow.
 */
export function forward(graph: Graph, logitsBatchLast: Value, labels: Value, classes: number): SoftmaxCrossEntropy {
  const logits = graph.transpose(logitsBatchLast, 1, 0);
  const classNumbers = graph.int32(
    Array.from({ length: classes }, (_, label) => label),
    [1, classes],
  );
  const isLabel = graph.node('Equal', [labels, classNumbers]);
  const logProbabilities = graph.node('LogSoftmax', [logits], { axis: 1 });
  // Not a product with 0 and 1: a probability of 0 elsewhere has the logarithm -Infinity, and 0 * -Infinity is NaN.
  const picked = graph.node('Where', [isLabel, logProbabilities, graph.constant(0)]);
  const perImage = graph.node('ReduceSum', [picked, graph.integers(1)], { keepdims: 0 });
  const loss = graph.node('Neg', [graph.node('ReduceMean', [perImage, graph.integers(0)], { keepdims: 0 })]);
  const highest = graph.cast(graph.node('ArgMax', [logits], { axis: 1, keepdims: 1 }), 'int32');
  const hits = graph.cast(graph.node('Equal', [highest, labels]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]; the derivation is in Bishop 2006, section 4.3.4. */
export function backward(graph: Graph, batch: number, { logProbabilities, isLabel }: SoftmaxCrossEntropy): Value {
  const difference = graph.node('Sub', [graph.node('Exp', [logProbabilities]), graph.cast(isLabel)]);
  return graph.transpose(graph.node('Mul', [difference, graph.constant(1 / batch)]), 1, 0);
}
