import { z } from 'zod';
import { quoted } from '../common/visible.ts';
import { layerName } from './layers/layer.ts';
import { layerSchema, networkSchema } from './spec.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.JSONSchema.BaseSchema;
type Path = readonly PropertyKey[];

/** Settings that are lists of layers. */
const LISTS: readonly PropertyKey[] = ['layers', 'branch', 'shortcut', 'after'];

/**
 * The fault of a network file, as the rest of a sentence that begins with the file's name: `, layer 3 (conv2), "kernel":
 * must be a whole number from 1 to 64.`, in a block `, layer 3 (stage1), layer 2 of its "branch" (conv2), "kernel": ...`. The
 * ranges are read from the schema, so that they are stated once.
 */
export function specProblem(issue: Issue, json: unknown): string {
  const { path } = issue;
  const where: string[] = [];
  let at = 0;
  for (; LISTS.includes(path[at]) && typeof path[at + 1] === 'number'; at += 2)
    where.push(layerLabel(path[at], path[at + 1] as number, valueAt(json, path.slice(0, at + 2))));
  if (at < path.length) where.push(`"${path.slice(at).join('.')}"`);
  return `${where.map((part) => `, ${part}`).join('')}: ${whatIsWrong(issue, json)}.`;
}

/** `layer 3 (conv2)`, with the layer's type where it has no name. */
function layerLabel(list: PropertyKey, index: number, layer: unknown): string {
  const types: string[] = layerSchema.options.map((option) => option.shape.type.value);
  const { name, type } = (layer ?? {}) as { name?: unknown; type?: unknown };
  const isName = layerName.safeParse(name).success;
  const label = isName ? name : types.find((known) => known === type);
  const of = list === 'layers' ? '' : ` of its "${String(list)}"`;
  return `layer ${index + 1}${of}${label ? ` (${String(label)})` : ''}`;
}

function whatIsWrong(issue: Issue, json: unknown): string {
  const schema = schemaAt(issue.path, json);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.properties ?? {});
    return `there is no setting ${quoted(issue.keys[0], 60)}; ${known.length === 1 ? 'there is only' : 'there are'} ${list(known, 'and')}`;
  }
  if (issue.code === 'invalid_format' || issue.code === 'custom') return issue.message;
  const options = issue.code === 'invalid_union' && 'options' in issue ? (issue.options as string[]) : undefined;
  const expected = options ? `one of ${list(options, 'or')}` : expectation(schema);
  return valueAt(json, issue.path) === undefined ? `is missing; it must be ${expected}` : `must be ${expected}`;
}

/** `a whole number from 1 to 64`, from the schema of one value. */
function expectation(schema: Schema): string {
  if (schema.anyOf) return (schema.anyOf as Schema[]).map(expectation).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${list(schema.enum.map(String), 'or')}`;
  switch (schema.type) {
    case 'integer':
      return `a whole number${integerRange(schema)}`;
    case 'number':
      return `a number${numberRange(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text in quotation marks';
    case 'array':
      return `a list${lengthRange(schema)}`;
    default:
      return schema.properties ? `an object with ${list(schema.required ?? [], 'and')}` : 'an object';
  }
}

function lengthRange({ minItems, maxItems }: Schema): string {
  if (minItems === undefined) return '';
  return minItems === maxItems ? ` of ${minItems}` : ` of ${minItems} to ${maxItems}`;
}

function integerRange({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const lowest = minimum ?? Number(exclusiveMinimum) + 1;
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? ` of at least ${lowest}`
    : ` from ${lowest} to ${maximum}`;
}

function numberRange({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`of at least ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return bounds.length > 0 ? ` ${bounds.join(' and ')}` : '';
}

/** Made when it is first needed: a window's checks of what is typed ask for it often. */
let jsonSchema: Schema | undefined;

/** The JSON schema of the value at `path`; of several alternatives the one that the value is meant to be. */
function schemaAt(path: Path, json: unknown): Schema {
  const whole = (jsonSchema ??= z.toJSONSchema(networkSchema, { io: 'input' }));
  /** Layers in layers are a reference, as they may be nested. */
  const resolved = ({ $ref, ...schema }: Schema): Schema =>
    $ref === undefined ? schema : whole.$defs![$ref.slice('#/$defs/'.length)];
  let value = json;
  let schema = chosen(whole, value);
  for (const key of path) {
    const next =
      typeof key === 'number' ? (schema.prefixItems?.[key] ?? schema.items) : schema.properties?.[String(key)];
    value = valueAt(value, [key]);
    schema = chosen(resolved(next && typeof next === 'object' && !Array.isArray(next) ? next : {}), value);
  }
  return schema;
}

/** Of several alternatives the one whose `type` or `kind` is the value's, or that has values of its type. */
function chosen(schema: Schema, value: unknown): Schema {
  const alternatives = (schema.oneOf ?? schema.anyOf ?? []) as Schema[];
  return (
    alternatives.find((alternative) => isOfKind(alternative, value)) ??
    alternatives.find(({ type }) => (type === 'array' ? Array.isArray(value) : isNumeric(type) && isNumber(value))) ??
    schema
  );
}

const isNumeric = (type: unknown): boolean => type === 'integer' || type === 'number';
const isNumber = (value: unknown): boolean => typeof value === 'number';

function isOfKind({ properties = {} }: Schema, value: unknown): boolean {
  return ['type', 'kind'].some((key) => {
    const property = properties[key];
    const wanted = typeof property === 'object' ? property.const : undefined;
    return wanted !== undefined && wanted === valueAt(value, [key]);
  });
}

function valueAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    json,
  );
}

const list = (names: readonly string[], last: 'and' | 'or'): string => {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} ${last} ${quoted.at(-1)}`;
};
