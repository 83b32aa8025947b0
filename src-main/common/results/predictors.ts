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

/** A predictor against measured accuracy, one point a layer of a transfer. */
const predictorPanelSchema = z
  .object({
    title: z.string(),
    /** `ρ = 0.93`; of `not defined` a dash. */
    correlation: z.string(),
    points: list(panelPointSchema),
  })
  .readonly();
export type PredictorPanel = z.infer<typeof predictorPanelSchema>;

/** Cheap predictors of transferability, held against what a study measured. */
export const predictorsSchema = z
  .object({
    /** Transfers of the study, those whose predictors are worked out, and those whose can be. */
    transfers: z.int(),
    measured: z.int(),
    waiting: z.int(),
    /** Why others can't be. */
    problems: list(z.string()),
    /** Which cheap number would have told. */
    findings: list(z.string()),
    /** The kind of transfer that they are held against. */
    chart: z.object({ kind: z.enum(['transfer', 'transfer+']), panels: list(predictorPanelSchema) }).readonly(),
    tables: list(tableSchema),
  })
  .readonly();
export type Predictors = z.infer<typeof predictorsSchema>;
