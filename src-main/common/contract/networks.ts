import { z } from 'zod';
import { cutSchema } from '../cuts.ts';
import { pretrainedSchema } from '../protocol-parts.ts';
import { procedure } from './procedure.ts';

const layerSchema = z.object({
  name: z.string(),
  type: z.string(),
  /** The number of the layer, in the paper's sense, that it belongs to, from 1. */
  n: z.int(),
  /** Places, in this list, of the layers that it reads; -1: the images. */
  sources: z.array(z.int()),
  /** [channels, rows, columns] of an image, [tokens, values] of a sequence. */
  output: z.array(z.int()),
  parameters: z.int(),
  flops: z.number(),
  /** Such as `5x5, stride 2`. */
  settings: z.string(),
});

const networkDescriptionSchema = z.object({
  name: z.string(),
  builtIn: z.boolean(),
  /** Rows and columns that it reads, and that it was made for. */
  inputSize: z.int(),
  madeFor: z.int(),
  /** Rows and columns at which images should be stored for it. */
  storedSize: z.int(),
  /** How many layers n it has, the paper's N: one more than cuts. */
  depth: z.int(),
  /** Where it can be chopped, from below. */
  cuts: z.array(cutSchema),
  parameters: z.int(),
  flops: z.number(),
  epochs: z.number(),
  batchSize: z.int(),
  layers: z.array(layerSchema),
});
export type NetworkDescription = z.infer<typeof networkDescriptionSchema>;

/** A built-in network, given by name, or the text of a JSON file. */
export const networkChoiceSchema = z.union([
  z.object({ builtIn: z.string().max(40) }),
  z.object({ file: z.string().max(200), text: z.string().max(2 ** 20) }),
]);
export type NetworkChoice = z.infer<typeof networkChoiceSchema>;

const classes = z.int().min(2).max(65_535);

export const networks = {
  /** The built-in networks, with so many classes in each half. */
  list: procedure.input(z.object({ classes })).output(z.array(networkDescriptionSchema)),
  /** @param inputSize rows and columns that it is to read; absent: its own */
  describe: procedure
    .input(z.object({ network: networkChoiceSchema, classes, inputSize: z.int().min(4).max(512).optional() }))
    .output(networkDescriptionSchema),
  /** The network of a stored study, with the classes of half B. */
  ofStudy: procedure.input(z.object({ study: z.string().max(100) })).output(networkDescriptionSchema),
  /**
   * Copies the first layers of a safetensors or ONNX file, as far as they fit the network, into the home folder, to be
   * used instead of those of baseA. A file that a browser sent is deleted. Files that can't be used are refused with a
   * reason.
   */
  keepPretrained: procedure
    .input(z.object({ network: networkChoiceSchema, file: z.string().min(1).max(4096) }))
    .output(pretrainedSchema),
  /**
   * Copies the whole network of a file into the home folder, as the network and the source of a study. A file that a browser
   * sent is deleted. Files that hold none, or one that can't be taken, are refused with a reason.
   */
  keepNetwork: procedure
    .input(
      z.object({
        file: z.string().min(1).max(4096),
        /** Rows and columns that it is to read; absent: as the file has them. */
        size: z.int().min(4).max(512).optional(),
      }),
    )
    .output(
      z.object({
        network: networkChoiceSchema,
        pretrained: pretrainedSchema,
        /** What was assumed or left out, a sentence each. */
        notes: z.array(z.string()),
      }),
    ),
  /** Describes the layers of a kept file that fit the network, which may be another than the one it was kept for. */
  fitPretrained: procedure
    .input(z.object({ network: networkChoiceSchema, pretrained: pretrainedSchema }))
    .output(pretrainedSchema),
};
