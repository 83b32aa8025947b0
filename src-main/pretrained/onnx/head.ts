import { UserError } from '../../errors.ts';
import { volume } from '../../network/layers/layer.ts';
import type { Builder, Made } from './builder.ts';
import { recognised } from './pointwise.ts';
import { isVector, type Value } from './value.ts';
import type { Node } from './node.ts';

/** Most classes of a layer that passes numbers on as they are. */
const MOST_PASSED_ON = 4096;

interface Head {
  /** The last layer: a dense one. */
  readonly place: number;
  readonly classes: number;
  readonly notes: readonly string[];
}

/**
 * Makes a dense layer the last, one unit a class, of what a graph ends in: of convolutions of 1x1 and the pooling after them what
 * computes the same. Throws a UserError, one clause, where the numbers are none of classes.
 */
export function headOf(builder: Builder, logits: Value, node: Node): Head {
  const classes = volume(logits.shape);
  if (!isVector(logits))
    throw new UserError(
      `it puts out ${logits.shape.join('x')} values an image, and a classifier has one for each class`,
    );
  if (classes < 2)
    throw new UserError(
      'it puts out a single number, and a classifier has one for each class; export it without its last layer, or with two classes',
    );
  const { samples, steps: _steps, ...value } = logits;
  if (samples && !scaleLast(builder, value, samples))
    throw node.wrong(
      'makes other numbers of those of the classes than Softmax does; export it without its last function',
    );
  const { layers } = builder;
  const last = layers[value.place] as Made | undefined;
  if (last?.spec.type === 'dense' && last.spec.over === undefined) return { place: value.place, classes, notes: [] };
  if (last && isDense(builder, last)) {
    last.spec = asDense(last);
    last.weights.weight = {
      shape: [classes, last.weights.weight!.data.length / classes],
      data: last.weights.weight!.data,
    };
    return { place: value.place, classes, notes: [] };
  }
  const swapped = last && densePooled(builder, last);
  if (swapped !== undefined) return { place: swapped, classes, notes: [] };
  if (classes > MOST_PASSED_ON) throw node.wrong('is not a dense layer, and a classifier must end in one');
  const data = new Float32Array(classes ** 2);
  for (let unit = 0; unit < classes; unit++) data[unit * (classes + 1)] = 1;
  const settings = { type: 'dense' as const, units: classes, bias: false };
  const added = builder.add(node, settings, [value], {
    weights: { weight: { shape: [classes, classes], data } },
    title: 'head',
  });
  return {
    ...{ place: added.place, classes },
    notes: ['It does not end in a dense layer; one that passes its numbers on as they are stands as its head.'],
  };
}

/** Scales the last dense layer's weights by a number that the graph multiplies the classes with; false: it isn't that. */
function scaleLast({ layers }: Builder, { place }: Value, samples: Float64Array): boolean {
  const found = recognised(samples);
  const layer = layers[place] as Made | undefined;
  if (!found || found.layer || found.term !== 0 || layer?.spec.type !== 'dense') return false;
  const { weights } = layer;
  for (const role of ['weight', 'bias'] as const) {
    const tensor = weights[role];
    if (tensor) weights[role] = { ...tensor, data: tensor.data.map((value) => value * found.factor) };
  }
  return true;
}

/** Whether a convolution's window is the whole of what it reads. */
function isDense({ layers }: Builder, { spec, output, sources: [source] }: Made): boolean {
  if (spec.type !== 'conv' || spec.groups !== 1 || spec.dilation !== undefined || spec.pad !== 0) return false;
  const input = layers[source]?.output ?? [];
  return input[1] === spec.kernel && input[2] === spec.kernel && volume(output) === output[0];
}

/** The settings of a convolution that a dense layer has. */
function asDense({ spec, output: [units] }: Made): Made['spec'] {
  if (spec.type !== 'conv') throw new Error('not a convolution');
  const { name, init, multipliers, bias } = spec;
  return { type: 'dense', name, init, multipliers, units, ...(bias !== undefined && { bias }) };
}

/** The mean of a convolution of 1x1 is that convolution of the mean; the place of a dense layer of it, or undefined. */
function densePooled(builder: Builder, { spec, sources: [source], node }: Made): number | undefined {
  const conv = builder.layers[source] as Made | undefined;
  if (spec.type !== 'global-pool' || conv?.spec.type !== 'conv') return undefined;
  const { kernel, stride, pad, groups } = conv.spec;
  if (kernel !== 1 || stride !== 1 || pad !== 0 || groups !== 1) return undefined;
  const [below] = conv.sources;
  const input = builder.layers[below] as Made | undefined;
  if (!input) return undefined;
  const [units] = conv.output;
  const own = input.output;
  const read: Value = {
    kind: 'value',
    place: below,
    shape: [1, ...own],
    own,
    laid: own,
    order: own.map((_, side) => side),
  };
  const pooled = builder.add(node, { type: 'global-pool' }, [read]);
  const { weight, bias } = conv.weights;
  const weights = {
    weight: { shape: [units, weight!.data.length / units], data: weight!.data },
    ...(bias && { bias }),
  };
  const settings = { type: 'dense' as const, units, ...(!bias && { bias: false }) };
  return builder.add(conv.node, settings, [pooled], { weights, ...(conv.title !== undefined && { title: conv.title }) })
    .place;
}
