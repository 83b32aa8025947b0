import { z } from 'zod';

const share = z.number().min(0).max(1);

/** Two numbers about the kernels of each layer n that has any, from the first layer on; the last layer is left out. */
export const layerQualitiesSchema = z
  .array(
    z
      .strictObject({
        n: z.int().positive(),
        /** Share of kernels that are nearly zero. */
        sparsity: share,
        /** 1: all filters are at right angles to each other; 0: all are the same. Of some of them, where a layer has many. */
        orthogonality: share,
      })
      .readonly(),
  )
  .max(10_000)
  .readonly();
export type LayerQualities = z.infer<typeof layerQualitiesSchema>;
