import { Option, type Command } from 'commander';
import { ENDING } from '../../app/study-file/format.ts';
import { byteSize } from '../../common/numbers.ts';
import { CHECKPOINT_CHOICES, type CheckpointChoice } from '../../common/choices.ts';
import { findStudy, parseFilled, withParsedProtocol } from '../terminal/parse.ts';
import { reading, working } from '../terminal/session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from '../terminal/surroundings.ts';

/** `transplant study pack` and `unpack` write a study to a file and read it back. */
export function addStudyFileCommands(study: Command, surroundings: Surroundings): void {
  study
    .command('pack')
    .description('write a study to one file: protocol, results, filters, and weights of networks')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .option('--out <file>', `the file to write (default: study-ID${ENDING} here)`, parseFilled('--out'))
    .addOption(
      new Option('--checkpoints <which>', 'the networks whose weights to include')
        .choices(CHECKPOINT_CHOICES)
        .default('bases'),
    )
    .addHelpText('after', `\nExample:\n  transplant study pack 3f2a --out birds${ENDING}`)
    .action(async (id: string, _options: object, command: Command) =>
      packStudy(id, command.optsWithGlobals(), surroundings),
    );
  study
    .command('unpack')
    .description('add the study of such a file to the home folder; the file does not have its images')
    .argument('<file>', `a study's file, *${ENDING}`, parseFilled('FILE'))
    .addHelpText('after', `\nExample:\n  transplant study unpack birds${ENDING}`)
    .action(async (file: string, _options: object, command: Command) =>
      unpackStudy(file, command.optsWithGlobals(), surroundings),
    );
}

async function packStudy(
  id: string,
  options: GlobalOptions & { out?: string; checkpoints: CheckpointChoice },
  surroundings: Surroundings,
): Promise<void> {
  await reading(surroundings, options, async (application) => {
    const study = findStudy(application, id);
    const out = options.out ?? `study-${study.id}${ENDING}`;
    const { file, bytes } = await application.packStudy(study.id, out, options.checkpoints);
    if (options.json) printJson(surroundings, { type: 'packed', study: study.id, file, bytes });
    else print(surroundings, `Study ${study.id} "${study.name}" is in ${file} (${byteSize(bytes)}).`);
  });
}

async function unpackStudy(file: string, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const { study, known } = await working(surroundings, options, (application, { signal }) =>
    application.restoreStudy(file, signal),
  );
  if (options.json) return printJson(surroundings, { type: 'unpacked', ...withParsedProtocol(study), known });
  print(
    surroundings,
    known
      ? `Study ${study.id} "${study.name}" is here already: nothing was changed.`
      : `Study ${study.id} "${study.name}" is here now: transplant study show ${study.id}`,
  );
}
