import { z } from 'zod';

/** Where a training stands, as the store notes it. */
export const runStatusSchema = z.enum(['planned', 'running', 'stopped', 'finished', 'failed']);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** The same within a study: `skipped` are trainings that were not started, because the base they are made from failed. */
export const runStateSchema = z.enum([...runStatusSchema.options, 'skipped']);
export type RunState = z.infer<typeof runStateSchema>;

/** Where a study stands. `failed`: all that can be trained is, but some trainings failed. */
export const studyStatusSchema = z.enum(['running', 'stopped', 'finished', 'failed']);
export type StudyStatus = z.infer<typeof studyStatusSchema>;
