import { adaptedSides, centreOf } from '../../../network/variants.ts';
import { adapterNames, type Layer } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import { matrixProduct } from './matrix-product.ts';

/**
 * The kernel or matrix that a layer computes with: W, or with an adapter (network/variants.ts)
 *
 *     K[o, i, u, v] = W[o, i, u, v] + sum over r of B[o, r] A[r, i]    where u = v = centre, else W[o, i, u, v]
 *
 * and of a dense layer K[o, i] = W[o, i] + that sum, so that every layout's convolution and product, and their gradients with
 * respect to x and K, serve adapted layers as they are.
 */
export function adaptedKernel(graph: Graph, layer: Layer, weight: Value): Value {
  const { spec, adapterRank } = layer;
  if (adapterRank === undefined) return weight;
  const { outputs, inputs } = adaptedSides(layer);
  const { a, b } = adapterNames(layer);
  const product = matrixProduct(graph, { value: b }, { value: a }, [outputs, inputs]);
  if (spec.type !== 'conv') return graph.node('Add', [weight, product]);
  const { kernel } = spec;
  const [before, after] = [centreOf(kernel), kernel - 1 - centreOf(kernel)];
  const tap = graph.reshape(product, outputs, inputs, 1, 1);
  const spread =
    kernel === 1 ? tap : graph.node('Pad', [tap, graph.integers(0, 0, before, before, 0, 0, after, after)]);
  return graph.node('Add', [weight, spread]);
}

/**
 * The gradients of A and B, given dK: with D[o, i] = dK[o, i, centre, centre], or dK of a dense layer, dA = B' D and
 * dB = D A'.
 */
export function adapterGradients(graph: Graph, layer: Layer, dKernel: Value): { readonly a: Value; readonly b: Value } {
  const { spec, adapterRank: rank } = layer;
  if (rank === undefined) throw new Error(`${layer.name} has no adapter`);
  const { outputs, inputs } = adaptedSides(layer);
  const { a, b } = adapterNames(layer);
  const d = spec.type === 'conv' ? centreTap() : dKernel;
  return {
    a: matrixProduct(graph, { value: b, transposed: true }, { value: d }, [rank, inputs]),
    b: matrixProduct(graph, { value: d }, { value: a, transposed: true }, [outputs, rank]),
  };

  function centreTap(): Value {
    const centre = spec.type === 'conv' ? centreOf(spec.kernel) : 0;
    const tap = graph.slice(dKernel, [2, 3], [centre, centre], [centre + 1, centre + 1]);
    return graph.reshape(tap, outputs, inputs);
  }
}
