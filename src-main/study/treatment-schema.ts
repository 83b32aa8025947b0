import { z } from 'zod';
import { isTreatmentKind, type TreatmentKind } from './treatment.ts';

/** More than anybody draws into one figure. */
export const MOST_TREATMENTS = 20;

/** One of the two halves of a study's classes. */
export const halfSchema = z.enum(['A', 'B']);

/** A kind of treatment as protocols, requests and the store have it: spelt in the one way that there is for it. */
export const treatmentKindSchema = z.custom<TreatmentKind>(isTreatmentKind, 'is no treatment');

/** The same, or a base. */
export const networkKindSchema = z.custom<TreatmentKind | 'base'>(
  (kind) => kind === 'base' || isTreatmentKind(kind),
  'is neither a base nor a treatment',
);
