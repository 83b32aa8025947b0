import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { presentImages } from '../../app/stored/study.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { percentDone } from '../../common/numbers.ts';
import type { QuickLook } from '../../common/results/quick-look.ts';
import { UserError } from '../../errors.ts';
import { shownLook } from '../../study/prediction/look-words.ts';
import { findRun, parseFilled, wholeNumber } from '../terminal/parse.ts';
import { reading, watching } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

interface LookOptions extends GlobalOptions {
  readonly from: string;
  readonly images: string;
  readonly inputSize?: number;
}

/** `transplant study look` says in minutes which cuts a study should try. */
export function addLookCommand(study: Command, surroundings: Surroundings): void {
  study
    .command('look')
    .description('look in one pass, without training, at which layers of a network suit your images')
    .requiredOption(
      '--from <network>',
      'STUDY/NAME, the key of a training, or a network in a file',
      parseFilled('--from'),
    )
    .requiredOption('--images <set>', 'an image set by ID, its beginning, or name', parseFilled('--images'))
    .option(
      '--input-size <pixels>',
      'rows and columns that the network reads, if not its own',
      wholeNumber('--input-size', 4, 512),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  transplant study look --from resnet18.pth --images photos\n  transplant study look --from 3f2a/baseA --images photos --json',
    )
    .action(async (_options: object, command: Command) => look(command.optsWithGlobals(), surroundings));
}

async function look(options: LookOptions, surroundings: Surroundings): Promise<void> {
  const { from } = options;
  const { set, network } = await reading(surroundings, options, (application) => {
    const { home, store } = application;
    const found = store.findImageSet(options.images);
    if (!found)
      throw new UserError(`There is no image set "${options.images}" in ${home}; see "transplant data list".`, {
        usage: true,
      });
    const { folder } = presentImages({ home, store }, found.id);
    const network = existsSync(from) ? { file: resolve(from) } : { home, run: findRun(application, from).record.key };
    return { set: join(home, 'data', folder), network };
  });
  const result = await watching(surroundings, options, ({ signal, note }) => {
    let last = '';
    return runTask(
      { type: 'quick-look', network, set, inputSize: options.inputSize, threads: availableParallelism() },
      {
        signal,
        onProgress: ({ fraction, doing }) => {
          if (doing !== last) note(`${percentDone(fraction)}: ${doing}`);
          last = doing;
        },
      },
    );
  });
  if (options.json) printJson(surroundings, { type: 'look', ...result });
  else print(surroundings, textOf(result));
}

function textOf(look: QuickLook): string {
  const { advice, how, table: shown } = shownLook(look);
  const rows = shown.rows.map(([n, ...row]) => [`${look.worth.includes(Number(n)) ? '> ' : '  '}${n}`, ...row]);
  return [how, table(shown.head, rows, [0, 1]), advice, `A study of these: --layers ${look.worth.join(',')}`].join(
    '\n\n',
  );
}
