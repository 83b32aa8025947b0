import { asImages } from '../standard/graph.ts';
import type { Graph, Value } from '../graph.ts';
import type { LayerKind } from './layer.ts';

/** The last two of so many sides exchanged. */
function turned(graph: Graph, x: Value, sides: number): Value {
  const order = Array.from({ length: sides }, (_, side) => side);
  return graph.transpose(x, ...order.slice(0, -2), sides - 1, sides - 2);
}

/**
 * y = s a b, stack by stack, or s a b' where the second is written transposed:
 *
 *     da = s dy b'    db = s a' dy        and transposed    da = s dy b    db = s dy' a
 */
export const product: LayerKind<'matrix-product'> = {
  batchFirst: (graph, { spec, output }, { inputs: [a, b] }) => {
    const { transposed = false, scale } = spec;
    const sides = output.length + 1;
    const times = (left: Value, right: Value) => graph.node('MatMul', [left, right]);
    const scaled = (value: Value) => (scale === 1 ? value : graph.node('Mul', [value, graph.constant(scale)]));
    const turn = (value: Value) => turned(graph, value, sides);
    return {
      y: times(scaled(a), transposed ? turn(b) : b),
      backward: (dy, [needA, needB]) => {
        const dProduct = scaled(dy);
        const dB = () => (transposed ? times(turn(dProduct), a) : times(turn(a), dProduct));
        return {
          inputs: [needA ? times(dProduct, transposed ? b : turn(b)) : undefined, needB ? dB() : undefined],
        };
      },
    };
  },
  standard: (graph, { spec, output }, name, xs, outputName) => {
    const [a, b] = xs.map((x, place) => asImages(graph, `${name}.${place}`, x));
    const order = Array.from({ length: output.length + 1 }, (_, side) => side);
    const perm = [...order.slice(0, -2), order.length - 1, order.length - 2];
    const right = spec.transposed ? graph.node(`${name}.turned`, 'Transpose', [b], { perm }) : b;
    if (spec.scale === 1) return { value: graph.node(name, 'MatMul', [a, right], {}, outputName), flat: false };
    const scale = graph.constant(`${name}.scale`, [], Float32Array.of(spec.scale));
    const left = graph.node(`${name}.scaled`, 'Mul', [a, scale]);
    return { value: graph.node(name, 'MatMul', [left, right], {}, outputName), flat: false };
  },
};
