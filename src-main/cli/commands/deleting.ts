import type { Command } from 'commander';
import type { Application } from '../../app/application.ts';
import {
  bringBack,
  type Deleted,
  deletedThings,
  deleteImages,
  deleteStudy,
  findDeleted,
  removeForGood,
} from '../../app/bin.ts';
import { removeUnusedPretrained } from '../../app/opened-home.ts';
import { KEPT_DAYS } from '../../common/contract/bin.ts';
import { byteSize, utcDate } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import type { BinKind } from '../../store/records.ts';
import { findStudy, parseFilled } from '../terminal/parse.ts';
import { reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

/** What is deleted: how a command and its sentences name it. */
const THINGS = {
  study: { group: 'study', thing: 'study', argument: 'the ID of a study, its beginning, or its name', example: '3f2a' },
  images: {
    group: 'data',
    thing: 'image set',
    argument: 'an image set, by id, its beginning, or name',
    example: 'birds',
  },
} as const;

/** `delete` and `restore` of `transplant study` and of `transplant data`. */
export function addDeletingCommands(parent: Command, kind: BinKind, surroundings: Surroundings): void {
  const { group, thing, argument, example } = THINGS[kind];
  parent
    .command('delete')
    .description(
      `delete ${kind === 'study' ? 'a study' : 'an image set that no study uses'}; for ${KEPT_DAYS} days it can be restored`,
    )
    .argument('<id>', argument, parseFilled('ID'))
    .option('--now', 'for good, so that its disk space is free at once')
    .addHelpText(
      'after',
      `\nExamples:\n  transplant ${group} delete ${example}\n  transplant ${group} delete ${example} --now`,
    )
    .action(async (id: string, _options: object, command: Command) =>
      deleteThing(kind, id, command.optsWithGlobals(), surroundings),
    );
  parent
    .command('restore')
    .description(`bring back a deleted ${thing}; without an ID, list what can be brought back`)
    .argument('[id]', argument, parseFilled('ID'))
    .addHelpText('after', `\nExamples:\n  transplant ${group} restore\n  transplant ${group} restore ${example}`)
    .action(async (id: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      if (id === undefined) await listDeleted(kind, options, surroundings);
      else await restore(kind, id, options, surroundings);
    });
}

async function deleteThing(
  kind: BinKind,
  reference: string,
  options: GlobalOptions & { now?: boolean },
  surroundings: Surroundings,
): Promise<void> {
  const { group, thing } = THINGS[kind];
  await working(surroundings, options, async (application) => {
    const found = kind === 'study' ? findStudy(application, reference) : findImages(application, reference);
    if ('folder' in found) deleteImages(application, found);
    else deleteStudy(application, found.id);
    const { id, name, until, bytes } = findDeleted(application, kind, found.id);
    if (options.now) removeForGood(application, kind, id);
    if (options.now) removeUnusedPretrained(application);
    const facts = { type: 'deleted', kind, id, name, bytes, until: options.now ? null : until };
    if (options.json) return printJson(surroundings, facts);
    const what = `The ${thing} ${id} "${name}"`;
    print(
      surroundings,
      options.now
        ? `${what} has gone for good: ${byteSize(bytes)} of disk are free again.`
        : `${what} is deleted. It keeps ${byteSize(bytes)} of disk until ${utcDate(until)}; until then it comes back with: transplant ${group} restore ${id}`,
    );
  });
}

function findImages({ store, home }: Application, reference: string) {
  const set = store.findImageSet(reference);
  if (set) return set;
  throw new UserError(`There is no image set "${reference}" in ${home}; see "transplant data list".`, { usage: true });
}

async function restore(
  kind: BinKind,
  reference: string,
  options: GlobalOptions,
  surroundings: Surroundings,
): Promise<void> {
  await working(surroundings, options, async (application) => {
    const { id, name } = findDeleted(application, kind, reference);
    bringBack(application, kind, id);
    if (options.json) printJson(surroundings, { type: 'restored', kind, id, name });
    else print(surroundings, `The ${THINGS[kind].thing} ${id} "${name}" is back.`);
  });
}

async function listDeleted(kind: BinKind, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const all = await reading(surroundings, options, (application) => deletedThings(application));
  const deleted = all.filter((one) => one.kind === kind);
  if (options.json) return deleted.forEach((one) => printJson(surroundings, { type: 'deleted', ...one }));
  if (deleted.length === 0) return print(surroundings, `No deleted ${THINGS[kind].thing} can be brought back.`);
  const row = ({ id, name, deleted: at, until, bytes }: Deleted) => [
    id,
    name,
    utcDate(at),
    utcDate(until),
    byteSize(bytes),
  ];
  print(surroundings, table(['ID', 'NAME', 'DELETED', 'KEPT UNTIL', 'KEEPS'], deleted.map(row), [0, 1]));
}
