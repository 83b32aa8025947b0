import { z } from 'zod';
import type { Learning, Parameter, Variant } from './definition.ts';
import { isTreatmentKind, partsOf, VARIANTS, type TreatmentKind } from './treatments.ts';

/** One of the two halves of a study's classes. */
export const halfSchema = z.enum(['A', 'B']);

/** A kind of treatment as protocols, requests and the store have it: written in the one valid way. */
export const treatmentKindSchema = z.custom<TreatmentKind>(isTreatmentKind, 'is not a treatment');

/** The same, or a base. */
export const networkKindSchema = z.custom<TreatmentKind | 'base'>(
  (kind) => kind === 'base' || isTreatmentKind(kind),
  'is neither a base nor a treatment',
);

/**
 * The fields by which trainings of variants differ from others, in identities and in what a training process is told. No
 * more than one is there: `adapterRank: 4`, `copiedRate: 0.1`, `unfreezing: 'from the top'` ...
 */
export type VariantFields = {
  readonly [V in (typeof VARIANTS)[number] as V['identity']['field']]?: V['identity'] extends {
    readonly value: infer Value;
  }
    ? Value
    : number;
};

const numberOf = ({ least, most, decimals }: Parameter) => (decimals === 0 ? z.int() : z.number()).min(least).max(most);

type Field = keyof VariantFields;
const variants: readonly Variant[] = VARIANTS;

/** The schemas of these fields, which object schemas include. */
export const variantFields = Object.fromEntries(
  variants.map(({ identity, parameter }) => [
    identity.field,
    (parameter ? numberOf(parameter) : z.literal(identity.value)).optional(),
  ]),
) as unknown as { readonly [F in Field]-?: z.ZodOptional<z.ZodType<NonNullable<VariantFields[F]>>> };

/** The field of a kind; empty for a base or a treatment of the paper. */
export function fieldsOf(kind: TreatmentKind | 'base'): VariantFields {
  if (kind === 'base') return {};
  const { definition, value } = partsOf(kind);
  if (!('identity' in definition)) return {};
  return { [definition.identity.field]: definition.identity.value ?? value };
}

/** The fields of an identity. */
export const fieldsIn = (identity: VariantFields): VariantFields =>
  Object.fromEntries(Object.entries(identity).filter(([key]) => variants.some((one) => one.identity.field === key)));

/** An identity without them: what a variant has in common with all other treatments. */
export const withoutFields = <T extends VariantFields>(identity: T): Omit<T, Field> =>
  Object.fromEntries(
    Object.entries(identity).filter(([key]) => variants.every((one) => one.identity.field !== key)),
  ) as Omit<T, Field>;

/** How the first n layers learn in the training of a variant, by its field; empty for other trainings. */
export function learningIn(fields: VariantFields): Partial<Learning> {
  const written: Readonly<Record<string, string | number | undefined>> = fields;
  const variant = variants.find(({ identity }) => written[identity.field] !== undefined);
  return variant?.learning(variant.parameter ? Number(written[variant.identity.field]) : 0) ?? {};
}
