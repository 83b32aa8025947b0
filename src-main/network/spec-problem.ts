import { z } from 'zod';
import { layerSchema, networkSchema } from './spec.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.JSONSchema.BaseSchema;
type Path = readonly PropertyKey[];

/**
 * The fault of a network file, as the rest of a sentence that begins with the file's name: `, layer 3 (conv2), "kernel":
 * must be a whole number from 1 to 64.` The ranges are read from the schema, so that they are stated once.
 */
export function specProblem(issue: Issue, json: unknown): string {
  const { path } = issue;
  const inLayer = path[0] === 'layers' && path.length > 1;
  const setting = path.slice(inLayer ? 2 : 0);
  const where = [
    ...(inLayer ? [layerLabel(path[1] as number, valueAt(json, path.slice(0, 2)))] : []),
    ...(setting.length > 0 ? [`"${setting.join('.')}"`] : []),
  ];
  return `${where.map((part) => `, ${part}`).join('')}: ${whatIsWrong(issue, json)}.`;
}

/** `layer 3 (conv2)`, with the layer's type where it has no name. */
function layerLabel(index: number, layer: unknown): string {
  const types: string[] = layerSchema.options.map((option) => option.shape.type.value);
  const { name, type } = (layer ?? {}) as { name?: unknown; type?: unknown };
  const isName = typeof name === 'string' && /^[\w-]{1,32}$/.test(name);
  const label = isName ? name : types.find((known) => known === type);
  return `layer ${index + 1}${label ? ` (${label})` : ''}`;
}

function whatIsWrong(issue: Issue, json: unknown): string {
  const schema = schemaAt(issue.path, json);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.properties ?? {});
    return `there is no setting ${JSON.stringify(issue.keys[0]).slice(0, 60)}; ${known.length === 1 ? 'there is only' : 'there are'} ${list(known, 'and')}`;
  }
  if (issue.code === 'invalid_format' || issue.code === 'custom') return issue.message;
  const options = issue.code === 'invalid_union' && 'options' in issue ? (issue.options as string[]) : undefined;
  const expected = options ? `one of ${list(options, 'or')}` : expectation(schema);
  return valueAt(json, issue.path) === undefined ? `is missing; it must be ${expected}` : `must be ${expected}`;
}

/** `a whole number from 1 to 64`, from the schema of one value. */
function expectation(schema: Schema): string {
  if (schema.const !== undefined) return `"${String(schema.const)}"`;
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
      return `a list${schema.minItems === undefined ? '' : ` of ${schema.minItems} to ${schema.maxItems}`}`;
    default:
      return schema.properties ? `an object with ${list(schema.required ?? [], 'and')}` : 'an object';
  }
}

function integerRange({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const lowest = minimum ?? Number(exclusiveMinimum) + 1;
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? ` of at least ${lowest}`
    : ` from ${lowest} to ${maximum}`;
}

function numberRange({ minimum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`of at least ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return bounds.length > 0 ? ` ${bounds.join(' and ')}` : '';
}

/** The JSON schema of the value at `path`; of several alternatives the one whose `type` or `kind` is the value's. */
function schemaAt(path: Path, json: unknown): Schema {
  let schema: Schema = z.toJSONSchema(networkSchema, { io: 'input' });
  let value = json;
  const choose = () => {
    const alternatives = schema.oneOf as Schema[] | undefined;
    schema = alternatives?.find((alternative) => isOfKind(alternative, value)) ?? schema;
  };
  for (const key of path) {
    choose();
    const next = typeof key === 'number' ? schema.items : schema.properties?.[String(key)];
    schema = next && typeof next === 'object' && !Array.isArray(next) ? next : {};
    value = valueAt(value, [key]);
  }
  choose();
  return schema;
}

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
