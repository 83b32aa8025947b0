import { readFile } from 'node:fs/promises';
import { parseSplitArgument, parseSplitFile, sharedName } from '../data/split.ts';
import type { SplitSpec } from '../common/protocol-parts.ts';
import { UserError } from '../errors.ts';
import { parseJson } from '../network/read-spec.ts';
import { reasonOf } from './reason.ts';

/** `random`, `random:20`, `groups:natural/man-made` as data/split.ts reads them; anything else is a JSON file. */
export async function readSplit(text: string): Promise<SplitSpec> {
  const spec = /^(random|groups)(:|$)/.test(text) ? parseSplitArgument(text) : await readSplitFile(text);
  if (spec.kind !== 'random') refuseOverlap(spec.a, spec.b);
  return spec;
}

async function readSplitFile(file: string): Promise<SplitSpec> {
  const json = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(
      `--split must be random, random:20, groups:natural/man-made or a JSON file, and "${file}" can't be read: ${reasonOf(error)}.`,
    );
  });
  return parseSplitFile(parseJson(json, file), file);
}

/** The study finds this out as well, but only once the images are imported. */
function refuseOverlap(a: readonly string[], b: readonly string[]): void {
  const shared = sharedName(a, b);
  if (shared !== undefined) throw wrong(`"${shared}" stands in both halves of --split; take it out of one of them.`);
}

const wrong = (sentence: string): UserError => new UserError(sentence, { usage: true });
