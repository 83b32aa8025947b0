import { networkSchema, type NetworkSpec } from '../../src-main/network/spec.ts';
import { efficientnet } from '../../src-main/pretrained/families/efficientnet.ts';
import type { NamedTensor } from '../../src-main/pretrained/tensors.ts';

/** Expansion, kernel, filters and blocks of each stage (Tan and Le 2019, arXiv 1905.11946, table 1), which Lite0 has, too. */
const STAGES = [
  [1, 3, 16, 1],
  [6, 3, 24, 2],
  [6, 5, 40, 2],
  [6, 3, 80, 3],
  [6, 5, 112, 3],
  [6, 5, 192, 4],
  [6, 3, 320, 1],
];
const STEM = 32;
const HEAD = 1280;
const SIZE = 96;

/** EfficientNet-Lite0 as the program reads it from a file of its weights, for smaller images than its own of 224 pixels. */
export const efficientnetLite0 = ((): NetworkSpec => {
  const { name, layers, training } = efficientnet(shapes(), { name: 'efficientnet_lite0', size: SIZE })!;
  return networkSchema.parse({ name, inputSize: SIZE, layers, training });
})();

/** The tensors of timm's file of weights, of which the family reads names and shapes. */
function shapes(): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  const conv = (name: string, filters: number, channels: number, kernel: number) =>
    add(`${name}.weight`, [filters, channels, kernel, kernel]);
  function add(name: string, shape: readonly number[]): void {
    tensors.set(name, { shape, read: () => new Float32Array(shape.reduce((size, side) => size * side)) });
  }
  conv('conv_stem', STEM, 3, 3);
  let inputs = STEM;
  for (const [stage, [expansion, kernel, filters, times]] of STAGES.entries())
    for (let block = 0; block < times; block++) {
      const path = `blocks.${stage}.${block}`;
      const between = expansion * inputs;
      if (expansion > 1) conv(`${path}.conv_pw`, between, inputs, 1);
      conv(`${path}.conv_dw`, between, 1, kernel);
      conv(`${path}.${expansion > 1 ? 'conv_pwl' : 'conv_pw'}`, filters, between, 1);
      inputs = filters;
    }
  conv('conv_head', HEAD, inputs, 1);
  add('bn2.weight', [HEAD]);
  return tensors;
}
