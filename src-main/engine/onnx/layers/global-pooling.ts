import { asImages } from '../standard/graph.ts';
import type { LayerKind } from './layer.ts';

/** y[c] = the mean of x over rows and columns (Lin et al. 2014, section 3.2); dx = dy / (rows columns), for each of them. */
export const globalPooling: LayerKind<'global-pool'> = {
  batchFirst: (graph, { input: [channels, rows, columns] }, { inputs: [x] }) => ({
    y: graph.node('GlobalAveragePool', [x]),
    backward: (dy) => {
      const scaled = graph.node('Mul', [dy, graph.factor(1 / (rows * columns), [1, channels, 1, 1])]);
      return { inputs: [graph.node('Expand', [scaled, graph.integers(1, channels, rows, columns)])] };
    },
  }),
  blocked:
    (block) =>
    (graph, { input: [channels, rows, columns] }, { inputs: [x], batch }) => ({
      y: graph.blocked('GlobalAveragePool', [x]),
      backward: (dy) => {
        const scaled = graph.node('Mul', [dy, graph.factor(1 / (rows * columns), [1, channels, 1, 1])]);
        const pixel = graph.reshape(scaled, (batch * channels) / block, 1, block);
        const all = graph.node('Expand', [pixel, graph.integers(1, rows * columns, block)]);
        return { inputs: [graph.reshape(all, batch, channels, rows, columns)] };
      },
    }),
  standard: (graph, _layer, name, [x], output) => {
    return { value: graph.node(name, 'GlobalAveragePool', [asImages(graph, name, x)], {}, output), flat: false };
  },
};
