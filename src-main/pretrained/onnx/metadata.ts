import { z } from 'zod';
import type { StringStringEntryProto } from '../../engine/onnx/proto/onnx_pb.js';

type Entries = readonly StringStringEntryProto[];

const entry = (entries: Entries, ...keys: readonly string[]): string | undefined =>
  entries.find(({ key }) => keys.includes(key.toLowerCase()))?.value;

const MOST_LETTERS = 2 ** 20;
const listed = z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]));
const numbered = z.record(z.string().regex(/^\d+$/), z.string());

/**
 * Names of classes in a model's properties: a JSON list (`classes` of our own files), a JSON object by numbers, or a dictionary of
 * Python by numbers (`names` of Ultralytics). Undefined where there are none, or another number of them.
 */
export function classNamesOf(entries: Entries, classes: number): readonly string[] | undefined {
  const text = entry(entries, 'classes', 'names', 'labels', 'class_names', 'id2label');
  if (text === undefined || text.length > MOST_LETTERS) return undefined;
  const json = parsed(text) ?? ofPython(text);
  const list = listed.safeParse(json);
  if (list.success) return list.data.length === classes ? list.data : undefined;
  const object = numbered.safeParse(json);
  if (!object.success) return undefined;
  const names = Array.from({ length: classes }, (_, unit) => object.data[String(unit)] as string | undefined);
  return names.every((name) => name !== undefined) && Object.keys(object.data).length === classes ? names : undefined;
}

/** The licence, as a line of text. */
export function licenceOf(entries: Entries): string | undefined {
  const text = entry(entries, 'license', 'licence')?.trim();
  return text ? text.split('\n')[0].slice(0, 200) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{0: 'tench', 1: "Cat's"}` as an object; undefined: it is something else. */
function ofPython(text: string): unknown {
  const names: Record<string, string> = {};
  const item = /\s*(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|\}\s*$)/y;
  item.lastIndex = text.indexOf('{') + 1;
  for (let found = item.exec(text); found; found = item.exec(text)) {
    names[found[1]] = (found[2] ?? found[3]).replaceAll(/\\(.)/g, '$1');
    if (found[4] !== ',') return names;
  }
  return undefined;
}
