import { z } from 'zod';
import { nameless, volume, type LayerDefinition, type Shape, type Wrong } from './layer.ts';

/** Sum and product, with sides of 1 repeated: [channels, 1, 1] scales the channels of an image (Hu et al. 2018). */
export const addSchema = z.strictObject({ type: z.literal('add'), ...nameless });
export const multiplySchema = z.strictObject({ type: z.literal('multiply'), ...nameless });

/** The shape in which several meet, sides of 1 repeated; they must have as many sides. */
function common(shapes: readonly Shape[], wrong: Wrong): Shape {
  const [first] = shapes;
  return first.map((_, side) => {
    const sizes = shapes.map((shape) => shape[side]);
    const size = Math.max(...sizes);
    if (shapes.some(({ length }) => length !== first.length) || sizes.some((one) => one !== size && one !== 1))
      throw wrong(`its inputs of ${shapes.map((shape) => shape.join('x')).join(' and ')} don't meet.`);
    return size;
  });
}

export const elementwise: LayerDefinition<unknown> = {
  inputs: 'several',
  output: (_spec, { inputs, wrong }) => common(inputs, wrong),
  flops: (_spec, inputs, output) => (inputs.length - 1) * volume(output),
};

/** One after the other along an axis of an image's value, the channels unless said. */
export const concatSchema = z.strictObject({
  type: z.literal('concat'),
  ...nameless,
  axis: z.int().nonnegative().max(5).default(0),
});

export const concat: LayerDefinition<z.infer<typeof concatSchema>> = {
  inputs: 'several',
  output: ({ axis }, { inputs, wrong }) => {
    const [first] = inputs;
    const others = (shape: Shape) => shape.toSpliced(axis, 1).join('x');
    if (axis >= first.length || inputs.some((shape) => others(shape) !== others(first)))
      throw wrong(
        `its inputs of ${inputs.map((shape) => shape.join('x')).join(' and ')} can't be joined along axis ${axis}.`,
      );
    return first.with(
      axis,
      inputs.reduce((sum, shape) => sum + shape[axis], 0),
    );
  },
  flops: () => 0,
};

/** The product of two stacks of matrices, [..., rows, terms] and [..., terms, columns], times `scale`. */
export const matrixProductSchema = z.strictObject({
  type: z.literal('matrix-product'),
  ...nameless,
  /** Whether the second is [..., columns, terms]. */
  transposed: z.boolean().optional(),
  scale: z.number().positive().default(1),
});

export const matrixProduct: LayerDefinition<z.infer<typeof matrixProductSchema>> = {
  inputs: 2,
  output: ({ transposed }, { inputs: [a, b], wrong }) => {
    const [terms, columns] = transposed ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
    const stacks = [a, b].map((shape) => shape.slice(0, -2).join('x'));
    if (a.length < 2 || b.length < 2 || a.at(-1) !== terms || stacks[0] !== stacks[1])
      throw wrong(`its inputs of ${a.join('x')} and ${b.join('x')} can't be multiplied.`);
    return [...a.slice(0, -1), columns!];
  },
  flops: (_spec, [a], output) => 2 * volume(output) * a.at(-1)!,
};
