import { adapterNames, centreOf } from '../../../network/variants.ts';
import type { Layer } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import { matrixProduct } from './matrix-product.ts';

/**
 * The kernel that a layer computes with: W, or with an adapter (network/variants.ts)
 *
 *     K[o, i, u, v] = W[o, i, u, v] + sum over r of B[o, r] A[r, i]    where u = v = centre, else W[o, i, u, v]
 *
 * so that every layout's convolution, and its gradients with respect to x and K, serve adapted layers as they are.
 */
export function adaptedKernel(graph: Graph, layer: Layer, weight: Value): Value {
  const { spec, adapterRank } = layer;
  if (adapterRank === undefined || spec.type !== 'conv') return weight;
  const { filters, kernel } = spec;
  const channels = channelsOf(layer);
  const { a, b } = adapterNames(layer);
  const product = matrixProduct(graph, { value: b }, { value: a }, [filters, channels]);
  const [before, after] = [centreOf(kernel), kernel - 1 - centreOf(kernel)];
  const tap = graph.reshape(product, filters, channels, 1, 1);
  const spread =
    kernel === 1 ? tap : graph.node('Pad', [tap, graph.integers(0, 0, before, before, 0, 0, after, after)]);
  return graph.node('Add', [weight, spread]);
}

/** The gradients of A and B, given dK: with D[o, i] = dK[o, i, centre, centre], dA = B' D and dB = D A'. */
export function adapterGradients(graph: Graph, layer: Layer, dKernel: Value): { readonly a: Value; readonly b: Value } {
  const { spec, adapterRank: rank } = layer;
  if (rank === undefined || spec.type !== 'conv') throw new Error(`${layer.name} has no adapter`);
  const channels = channelsOf(layer);
  const centre = centreOf(spec.kernel);
  const tap = graph.slice(dKernel, [2, 3], [centre, centre], [centre + 1, centre + 1]);
  const d = graph.reshape(tap, spec.filters, channels);
  const { a, b } = adapterNames(layer);
  return {
    a: matrixProduct(graph, { value: b, transposed: true }, { value: d }, [rank, channels]),
    b: matrixProduct(graph, { value: d }, { value: a, transposed: true }, [spec.filters, rank]),
  };
}

const channelsOf = ({ spec, input }: Layer): number => input[0] / (spec.type === 'conv' ? spec.groups : 1);
