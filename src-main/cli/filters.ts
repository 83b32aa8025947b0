import type { Command } from 'commander';
import { dirname, extname, join, resolve } from 'node:path';
import { access, constants } from 'node:fs/promises';
import type { Application } from '../app/application.ts';
import { storedRun } from '../app/first-layer.ts';
import { readRunWeights } from '../app/run-weights.ts';
import { UserError } from '../errors.ts';
import type { RunRecord } from '../store/records.ts';
import { findRun, RUN_ARGUMENT } from './find-run.ts';
import { fitFilters, printFits, printFitsJson } from './fitted-filters.ts';
import { matchFilters, printMatches, printMatchesJson } from './matched-filters.ts';
import { parseFilled } from './parse.ts';
import { reasonOf } from './reason.ts';
import { reading } from './session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from './surroundings.ts';

/** `transplant filters` draws the first layer's filters of a training, classifies them and matches them. */
export function addFiltersCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('filters')
    .description('draw the first-layer filters of a training as a PNG file, or classify them')
    .argument('<run>', RUN_ARGUMENT, parseFilled('RUN'))
    .option('--out <file.png>', 'the picture to write', parsePng)
    .option('--fit', 'fit Gabor functions and blobs to the filters, and print the class of each')
    .option(
      '--match <run>',
      'match the filters one to one with those of another training, and print how general both are',
      parseFilled('--match'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  transplant filters 3f2a/baseA --out baseA.png\n  transplant filters 3f2a/A3B+ --out A3B+.png\n  transplant filters 3f2a/baseA --fit --json\n  transplant filters 3f2a/baseA --match 3f2a/baseB',
    )
    .action(async (run: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { out?: string; fit?: boolean; match?: string }>();
      const { out, fit, match, json } = options;
      if (out === undefined && !fit && match === undefined)
        throw new UserError('Choose what to do: a picture with --out filters.png, --fit, or --match STUDY/NAME.', {
          usage: true,
        });
      if (out !== undefined) await checkFolder(out);
      await reading(surroundings, options, async (application) => {
        const { record: found } = findRun(application, run);
        if (out !== undefined) await drawFilters(application, run, found, out);
        if (out !== undefined && json) printJson(surroundings, { type: 'filters', file: resolve(out) });
        else if (out !== undefined) print(surroundings, `Filters: ${out}`);
        if (match !== undefined) {
          const matched = await matchFilters(application, found.key, findRun(application, match).record.key);
          if (json) printMatchesJson(surroundings, matched);
          else printMatches(surroundings, [run, match], matched);
        }
        if (fit) (json ? printFitsJson : printFits)(surroundings, await fitFilters(application, found.key));
      });
    });
}

function parsePng(text: string): string {
  if (extname(text).toLowerCase() === '.png') return text;
  throw new UserError(`--out must name a PNG file such as filters.png, not "${text}".`, { usage: true });
}

async function checkFolder(file: string): Promise<void> {
  await access(dirname(resolve(file)), constants.W_OK).catch((error: unknown) => {
    throw new UserError(`Can't write ${file}: ${reasonOf(error)}. Choose another place with --out.`, { usage: true });
  });
}

async function drawFilters(application: Application, reference: string, run: RunRecord, file: string): Promise<void> {
  const { store, home } = application;
  const checkpoint = store.latestCheckpoint(run.key);
  if (!checkpoint)
    throw new UserError(`The training ${reference} has no weights yet; it is ${run.status}. Run its study first.`);
  const from = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
  const { weights } = await readRunWeights(from, storedRun(application, run.key));
  const { writeFilterPng } = await import('../filters/picture.ts');
  await writeFilterPng(weights, file);
}
