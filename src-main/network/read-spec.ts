import { open, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import { BUILT_IN_NETWORKS } from './built-in.ts';
import { resolveNetwork } from './network.ts';
import { specProblem } from './spec-problem.ts';
import { networkSchema, type NetworkSpec } from './spec.ts';

const MOST_BYTES = 2 ** 20;
/** Smaller ones have fewer digits, and processors may take them for 0. */
const LEAST_FLOAT = 1.2e-38;
/** Lists and objects in each other; blocks take two of them each. */
const DEEPEST = 64;

/**
 * A built-in network by name, or one from a JSON file (spec.ts says what it may hold), checked down to its shapes.
 * Every fault of the file is a UserError that names the layer and the setting:
 * `net.json, layer 3 (conv2), "kernel": must be a whole number from 1 to 64.`
 */
export async function readNetwork(nameOrFile: string): Promise<NetworkSpec> {
  const builtIn = BUILT_IN_NETWORKS.get(nameOrFile);
  if (builtIn) return builtIn;
  return parseNetwork(await readText(nameOrFile), nameOrFile);
}

/** The network of a JSON text, checked as by `readNetwork`; `file` names the text in errors. */
export function parseNetwork(text: string, file: string): NetworkSpec {
  const json = parseJson(text, file);
  if (isDeeperThan(DEEPEST, json))
    throw new UserError(`${file}: its lists stand in each other more than ${DEEPEST} deep; write its blocks flatter.`, {
      usage: true,
    });
  const parsed = networkSchema.safeParse(json);
  const [problem] = parsed.error?.issues ?? beyondFloats(parsed.data);
  if (problem || !parsed.success) throw new UserError(`${file}${specProblem(problem, json)}`, { usage: true });
  try {
    // The number of classes changes the last layer only, which fits any.
    resolveNetwork(parsed.data, 2);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`, { usage: true });
    throw error;
  }
  return parsed.data;
}

/** Numbers of a file that the 32 bits of a network's numbers don't hold: they would be infinite, or nought. */
function beyondFloats(json: unknown, path: readonly PropertyKey[] = []): z.core.$ZodIssue[] {
  if (typeof json === 'number') {
    const float = Math.abs(Math.fround(json));
    if (json === 0 || (float >= LEAST_FLOAT && float < Infinity)) return [];
    const message = `${json} is beyond the numbers that networks compute with, ${LEAST_FLOAT} to 3.4e+38 and as far below 0`;
    return [{ code: 'custom', path: [...path], message, input: json }];
  }
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    beyondFloats(value, [...path, Array.isArray(json) ? Number(key) : key]),
  );
}

/** Whether lists and objects stand in each other deeper than that: what checks them would run out of stack. */
export function isDeeperThan(levels: number, json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return levels === 0 || Object.values(json).some((value) => isDeeperThan(levels - 1, value));
}

async function readText(file: string): Promise<string> {
  const wrong = (what: string, cause?: unknown) => new UserError(what, { usage: true, cause });
  const handle = await openFile(file, wrong);
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes <= MOST_BYTES; bytes += read)
      ({ bytesRead: read } = await handle.read(buffer, bytes, buffer.length - bytes));
    if (bytes > MOST_BYTES) throw wrong(`${file} is larger than 1 MiB, which no network file is; name another file.`);
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytes));
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof TypeError) throw wrong(`${file} is not a text file in UTF-8; name a JSON file.`, error);
    throw wrong(`${file} can't be read: ${messageOf(error)}.`, error);
  } finally {
    await handle.close();
  }
}

async function openFile(file: string, wrong: (what: string, cause?: unknown) => UserError) {
  const names = [...BUILT_IN_NETWORKS.keys()].join(', ');
  let stats;
  try {
    stats = await stat(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw wrong(`There is no network "${file}": it is neither a built-in one (${names}) nor a file.`, error);
    throw wrong(`${file} can't be read: ${messageOf(error)}.`, error);
  }
  // A pipe or a device could keep the program waiting for ever.
  if (!stats.isFile()) throw wrong(`${file} is not a file; name a JSON file or a built-in network (${names}).`);
  try {
    return await open(file);
  } catch (error) {
    throw wrong(`${file} can't be read: ${messageOf(error)}.`, error);
  }
}

/** JSON.parse with a UserError that gives line and column of the first fault; `file` names the text there. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const offset = firstFault(text);
    const lines = text.slice(0, offset).split('\n');
    const where = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
    const what = offset === text.length ? 'it ends too early' : 'something does not belong there';
    throw new UserError(`${file} is not valid JSON at ${where}: ${what}.`, { usage: true });
  }
}

/**
 * Length of the longest prefix that could still become JSON. JSON.parse gives the place of some faults only, so the place is
 * searched by halving: prefixes up to the fault are incomplete, longer ones are wrong.
 */
function firstFault(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldBecomeJson(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    const message = messageOf(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    return message.includes('end of JSON input') || Number(position) === prefix.length;
  }
}
