import { distanceRows, distances, parts } from '../../../network/layers/token-windows.ts';
import { asImages } from '../standard/graph.ts';
import { ALL, type LayerKind } from './layer.ts';

/**
 * y = x + b, with b[h, i, j] = T[d(i, j), h] for tokens i and j at distance d (Liu et al. 2021, equation 4). The gradient of a
 * row of T is the sum of dy over images, windows and all pairs at its distance: a product with a matrix of ones and zeros, as
 * onnxruntime scatters in no certain order.
 */
export const relativePosition: LayerKind<'relative-position'> = {
  batchFirst: (graph, { spec, input }, { inputs: [x], parameters }) => {
    const [heads, tokens] = input.slice(-3);
    const pairs = graph.integers(...distanceRows(spec));
    const ofPairs = graph.transpose(graph.node('Gather', [parameters!.table!, pairs]), 1, 0);
    return {
      y: graph.node('Add', [x, graph.reshape(ofPairs, heads, tokens, tokens)]),
      backward: (dy, [needX], learns = ALL) => {
        const tableGradient = () => {
          const others = input.slice(0, -3).map((_, side) => side + 1);
          const sum = graph.node('ReduceSum', [dy, graph.integers(0, ...others)], { keepdims: 0 });
          const rows = graph.integers(...Array.from({ length: distances(spec) }, (_, row) => row));
          const isOfRow = graph.cast(graph.node('Equal', [graph.reshape(rows, -1, 1), pairs]));
          return graph.node('Gemm', [isOfRow, graph.reshape(sum, heads, tokens ** 2)], { transB: 1 });
        };
        return {
          inputs: [needX ? dy : undefined],
          parameters: { table: learns('table') ? tableGradient() : undefined },
        };
      },
    };
  },
  standard: (graph, { spec, input, name: table }, name, [x], output) => {
    const [heads, tokens] = input.slice(-3);
    const integers = (of: string, values: readonly number[]) =>
      graph.constant(`${name}.${of}`, [values.length], BigInt64Array.from(values, BigInt));
    const pairs = graph.node(`${name}.pairs`, 'Gather', [table, integers('rows', distanceRows(spec))]);
    const turned = graph.node(`${name}.turned`, 'Transpose', [pairs], { perm: [1, 0] });
    const bias = graph.node(`${name}.bias`, 'Reshape', [turned, integers('sides', [heads, tokens, tokens])]);
    return { value: graph.node(name, 'Add', [asImages(graph, name, x), bias], {}, output), flat: false };
  },
};

/** What tokens of different parts of the image lose: the authors' number. */
const MASKED = -100;

/** y = x + m, with m = 0 for tokens of one part of the image; the gradient passes. */
export const windowMask: LayerKind<'window-mask'> = {
  batchFirst: (graph, { spec, input }, { inputs: [x] }) => {
    const [windows, , tokens] = input;
    const all = graph.integers(...parts(spec, input));
    const [of, other] = [graph.reshape(all, windows, 1, tokens, 1), graph.reshape(all, windows, 1, 1, tokens)];
    const isApart = graph.cast(graph.node('Not', [graph.node('Equal', [of, other])]));
    return {
      y: graph.node('Add', [x, graph.node('Mul', [isApart, graph.constant(MASKED)])]),
      backward: (dy) => ({ inputs: [dy] }),
    };
  },
  standard: (graph, { spec, input }, name, [x], output) => {
    const [windows, , tokens] = input;
    const all = parts(spec, input);
    const mask = new Float32Array(windows * tokens ** 2).map((_, index) => {
      const pair = index % tokens ** 2;
      const first = Math.floor(index / tokens ** 2) * tokens;
      return all[first + Math.floor(pair / tokens)] === all[first + (pair % tokens)] ? 0 : MASKED;
    });
    const constant = graph.constant(`${name}.mask`, [windows, 1, tokens, tokens], mask);
    return { value: graph.node(name, 'Add', [asImages(graph, name, x), constant], {}, output), flat: false };
  },
};
