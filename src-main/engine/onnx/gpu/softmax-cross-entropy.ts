import type { Graph, Value } from '../graph.ts';
import type { SoftmaxCrossEntropy } from '../operators/softmax-cross-entropy.ts';

/**
 * That of operators/softmax-cross-entropy.ts with the batch last throughout, and without what the WebGPU provider leaves to
 * the processor: LogSoftmax, whole numbers of 64 bits, and the transpose of truth values.
 *
 *     log p[c, i] = z[c, i] - max z[, i] - log sum over k of exp(z[k, i] - max z[, i])
 */
export function forward(graph: Graph, logits: Value, labels: Value, classes: number): SoftmaxCrossEntropy {
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
  // The first of equal ones: the lowest number among the classes with the highest logit.
  const isHighest = graph.node('Equal', [logits, highest]);
  const answers = graph.node('Where', [isHighest, graph.constant(numbers, [classes, 1]), graph.constant(classes)]);
  const answer = graph.node('ReduceMin', [answers, overClasses]);
  const hits = graph.cast(graph.node('Equal', [answer, graph.cast(labelOfImage)]), 'int32');
  const correct = graph.node('ReduceSum', [hits, graph.integers(0, 1)], { keepdims: 0 });
  return { loss, correct, logProbabilities, isLabel };
}

/** dlogits = (p - [class is label]) / N, [classes, N]. */
export function backward(graph: Graph, batch: number, { logProbabilities, isLabel }: SoftmaxCrossEntropy): Value {
  const difference = graph.node('Sub', [graph.node('Exp', [logProbabilities]), graph.cast(isLabel)]);
  return graph.node('Mul', [difference, graph.constant(1 / batch)]);
}
