import { readFile } from 'node:fs/promises';
import { parseSplitArgument, parseSplitFile, sharedName } from '../data/split.ts';
import type { SplitSpec } from '../common/protocol-parts.ts';
import { UserError } from '../errors.ts';
import { parseJson } from '../network/read-spec.ts';
import { reasonOf } from './reason.ts';

/**
 * Reads `random`, `random:20` or `groups:natural/man-made` (data/split.ts); anything else is the path of a JSON file.
 */
export async function readSplit(text: string): Promise<SplitSpec> {
  const spec = /^(random|groups)(:|$)/.test(text) ? parseSplitArgument(text) : await readSplitFile(text);
  if (spec.kind !== 'random') refuseOverlap(spec.a, spec.b);
  return spec;
}

async function readSplitFile(file: string): Promise<SplitSpec> {
  const json = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError(
      `--split must be random, random:20, groups:natural/man-made or a JSON file, and "${file}" can't be read: ${reasonOf(error)}.`,
    );
  });
  return parseSplitFile(parseJson(json, file), file);
}

/** Throws if a name is in both halves. The study checks this too, but only after the images are imported. */
function refuseOverlap(a: readonly string[], b: readonly string[]): void {
  const shared = sharedName(a, b);
  if (shared !== undefined) throw usageError(`"${shared}" is in both halves of --split; take it out of one of them.`);
}

const usageError = (sentence: string): UserError => new UserError(sentence, { usage: true });
