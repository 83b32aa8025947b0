import { z } from 'zod';
import { pretrainedSchema } from '../../common/protocol-parts.ts';
import { procedure } from './problems.ts';

export const layerSchema = z.object({
  name: z.string(),
  type: z.enum(['conv', 'dense', 'relu', 'pool', 'lrn', 'dropout']),
  /** The weight layer that it counts as, from 1. */
  n: z.int(),
  /** [channels, rows, columns] */
  output: z.array(z.int()),
  parameters: z.int(),
  flops: z.number(),
  /** `5x5, stride 2` */
  settings: z.string(),
});

export const networkDescriptionSchema = z.object({
  name: z.string(),
  builtIn: z.boolean(),
  inputSize: z.int(),
  /** Rows and columns that images should be stored at for it. */
  storedSize: z.int(),
  /** Weight layers, the paper's N. */
  depth: z.int(),
  parameters: z.int(),
  flops: z.number(),
  epochs: z.number(),
  batchSize: z.int(),
  layers: z.array(layerSchema),
});
export type NetworkDescription = z.infer<typeof networkDescriptionSchema>;

/** A built-in network by name, or the text of a JSON file. */
export const networkChoiceSchema = z.union([
  z.object({ builtIn: z.string().max(40) }),
  z.object({ file: z.string().max(200), text: z.string().max(2 ** 20) }),
]);
export type NetworkChoice = z.infer<typeof networkChoiceSchema>;

const classes = z.int().min(2).max(65_535);

export const networks = {
  /** With so many classes in each half. */
  list: procedure.input(z.object({ classes })).output(z.array(networkDescriptionSchema)),
  describe: procedure.input(z.object({ network: networkChoiceSchema, classes })).output(networkDescriptionSchema),
  /**
   * Takes the first layers of a safetensors or ONNX file that fit the network into the home folder, to stand for those of
   * baseA; a file that a browser sent is deleted. Files that can't be used are refused in a sentence.
   */
  keepPretrained: procedure
    .input(z.object({ network: networkChoiceSchema, file: z.string().min(1).max(4096) }))
    .output(pretrainedSchema),
  /** What of a kept one fits the network, which may be another than it was kept for. */
  fitPretrained: procedure
    .input(z.object({ network: networkChoiceSchema, pretrained: pretrainedSchema }))
    .output(pretrainedSchema),
};
