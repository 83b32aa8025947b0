import type { Value } from '../graph.ts';
import { sidesOf } from '../../../network/layers/windows.ts';
import { asImages } from '../standard/graph.ts';
import * as onProcessor from './convolution/batch-last.ts';
import * as batchFirst from './convolution/batch-first.ts';
import * as onBlocked from './convolution/blocked.ts';
import * as inBlocks from './convolution/in-blocks.ts';
import * as onCard from './convolution/card.ts';
import { isFasterByTiles, winogradConvolution } from './convolution/winograd.ts';
import { isFasterBySpectrum, spectralConvolution } from './convolution/spectral.ts';
import { ALL, type LayerForm, type LayerKind, type LayerOf, type LayerParameters } from './layer.ts';

const shapeOf = ({ spec, input, output }: LayerOf<'conv'>): onProcessor.Convolution => {
  // Layouts other than batch first have networks whose padding is equal on all sides.
  return { ...spec, pad: spec.pad as number, channels: input[0], rows: input[1], outputRows: output[1] };
};

const formWith =
  (operator: Pick<typeof onProcessor, 'forward' | 'inputGradient' | 'weightGradient'>): LayerForm<'conv'> =>
  (graph, layer, { inputs: [x], batch, parameters }) => {
    const { weight, bias } = parameters as Required<LayerParameters>;
    const shape = shapeOf(layer);
    return {
      y: operator.forward(graph, shape, x, weight, bias),
      backward: (dy, [needX], learns = ALL) => ({
        inputs: [needX ? operator.inputGradient(graph, shape, weight, dy) : undefined],
        parameters: {
          weight: learns('weight') ? operator.weightGradient(graph, shape, batch, x, dy) : undefined,
          bias: learns('bias') ? onProcessor.biasGradient(graph, dy) : undefined,
        },
      }),
    };
  };

const blockedForm =
  (block: number): LayerForm<'conv'> =>
  (graph, layer, { inputs: [x], batch, parameters }) => {
    const { weight, bias } = parameters as Required<LayerParameters>;
    const shape = { ...shapeOf(layer), batch, block };
    const side = { size: shape.rows, outputs: shape.outputRows, before: shape.pad };
    const tiled = { ...shape, down: side, across: side };
    if (isFasterByTiles(tiled)) return winogradConvolution(graph, tiled, x, { weight, bias });
    if (isFasterBySpectrum(shape)) return spectralConvolution(graph, shape, x, { weight, bias });
    const filters = onBlocked.filtersInBlocks(graph, shape, weight);
    return {
      y: onBlocked.forward(graph, shape, x, filters, bias),
      backward: (dy, [needX], learns = ALL) => ({
        inputs: [needX ? onBlocked.inputGradient(graph, shape, filters, dy) : undefined],
        parameters: {
          weight: learns('weight') ? weightGradient(dy) : undefined,
          bias: learns('bias') ? onBlocked.biasGradient(graph, shape, dy) : undefined,
        },
      }),
    };

    function weightGradient(dy: Value): Value {
      if (shape.groups > 1) return onBlocked.weightGradient(graph, shape, x, dy);
      return inBlocks.weightGradient(graph, inBlocks.shapeOf(layer, batch, block), x, dy);
    }
  };

const both = (size: number): number[] => [size, size];

/** The mathematics and the derivation of its gradients are in convolution/batch-last.ts. */
export const convolution: LayerKind<'conv'> = {
  batchFirst: batchFirst.form,
  batchLast: formWith(onProcessor),
  blocked: blockedForm,
  inBlocks: inBlocks.form,
  card: formWith(onCard),
  cardFirst: batchFirst.formOnCard,
  standard: (graph, layer, name, [x], output) => {
    const { kernel, stride, pad, groups, dilation = 1, bias } = layer.spec;
    const { top, left, bottom, right } = sidesOf(pad);
    const window = {
      kernel_shape: both(kernel),
      strides: both(stride),
      pads: [top, left, bottom, right],
      group: groups,
      ...(dilation !== 1 && { dilations: both(dilation) }),
    };
    const weights = bias === false ? ['weight'] : ['weight', 'bias'];
    const inputs = [asImages(graph, name, x), ...weights.map((of) => `${layer.name}.${of}`)];
    return { value: graph.node(name, 'Conv', inputs, window, output), flat: false };
  },
};
