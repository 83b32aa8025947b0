import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { presentImages } from '../../app/stored/study.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { inPercent, percentDone } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { QUICK_MEASURES, type QuickLook } from '../../study/prediction/quick-look.ts';
import { findRun, parseFilled } from '../terminal/parse.ts';
import { reading, watching } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

interface LookOptions extends GlobalOptions {
  readonly from: string;
  readonly images: string;
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
      { type: 'quick-look', network, set, threads: availableParallelism() },
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

function textOf({ cuts, images, classes, worth }: QuickLook): string {
  const rows = cuts.map(({ n, name, probe, interval, measures }) => [
    `${worth.includes(n) ? '> ' : '  '}${n}`,
    name,
    `${inPercent(probe)} ±${inPercent((interval.high - interval.low) / 2)}`,
    ...QUICK_MEASURES.map(({ id, digits }) => measures[id]?.toFixed(digits) ?? '–'),
  ]);
  const head = ['n', 'cut after', 'probe, top-1 in %', ...QUICK_MEASURES.map(({ name }) => name)];
  return [
    `${images.train} training and ${images.heldOut} held-out images of ${classes} classes; nothing was trained but a linear probe on each layer.`,
    table(head, rows, [0, 1]),
    `Worth a study: --layers ${worth.join(',')}. Frozen layers up to a cut can be expected to reach what its probe does; layers above it may learn more.`,
  ].join('\n\n');
}
