import { z } from 'zod';
import { halfSchema } from '../treatments/schema.ts';
import { list } from './intervals.ts';
import { tableSchema } from './tables.ts';

const panelPointSchema = z
  .object({
    replicate: z.int(),
    target: halfSchema,
    n: z.int(),
    value: z.number(),
    /** A fraction. */
    accuracy: z.number(),
  })
  .readonly();
export type PanelPoint = z.infer<typeof panelPointSchema>;

/** A predictor against measured accuracy, with one point per layer of a transfer. */
export const predictorPanelSchema = z
  .object({
    title: z.string(),
    /** `ρ = 0.93`, or a dash if it is not defined. */
    correlation: z.string(),
    points: list(panelPointSchema),
  })
  .readonly();
export type PredictorPanel = z.infer<typeof predictorPanelSchema>;

/** Cheap predictors of transferability, compared with what a study measured. */
export const predictorsSchema = z
  .object({
    /**
     * The number of transfers of the study, of those whose predictors are computed, and of those whose predictors can
     * be.
     */
    transfers: z.int(),
    measured: z.int(),
    waiting: z.int(),
    /** Why the others can't be computed. */
    problems: list(z.string()),
    /** Which cheap number would have told you. */
    findings: list(z.string()),
    /** The kind of transfer that they are compared with. */
    chart: z.object({ kind: z.enum(['transfer', 'transfer+']), panels: list(predictorPanelSchema) }).readonly(),
    tables: list(tableSchema),
  })
  .readonly();
export type Predictors = z.infer<typeof predictorsSchema>;
