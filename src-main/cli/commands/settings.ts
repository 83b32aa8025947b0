import type { Command } from 'commander';
import type { Settings, SettingsChange } from '../../common/contract/settings.ts';
import { byteSize } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { parseFilled } from '../terminal/parse.ts';
import { reading, watching, working } from '../terminal/session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from '../terminal/surroundings.ts';

/** `transplant settings` shows and changes what the window's screen Settings does. */
export function addSettingsCommands(settings: Command, surroundings: Surroundings): void {
  settings.addHelpText('after', '\nExample:\n  transplant settings set workers 2');
  settings
    .command('show')
    .description('show every setting, and what the home folder has on disk')
    .addHelpText('after', '\nExample:\n  transplant settings show')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const [{ readSettings }, { diskUsage }] = await Promise.all([
        import('../../app/settings.ts'),
        import('../../app/disk-usage.ts'),
      ]);
      await reading(surroundings, options, async ({ home, store }) => {
        const values = readSettings(store);
        const disk = await diskUsage(home);
        if (options.json) return printJson(surroundings, { type: 'settings', home, ...values, disk });
        print(surroundings, `home: ${home}`);
        printSettings(surroundings, values);
        for (const { part, bytes } of disk.parts) print(surroundings, `on disk, ${part}: ${byteSize(bytes)}`);
      });
    });
  settings
    .command('set')
    .description('change a setting; "default" has it as it comes')
    .argument('<name>', `one of those that "settings show" names`)
    .argument('<value>')
    .addHelpText('after', '\nExamples:\n  transplant settings set workers 2\n  transplant settings set weights bases')
    .action(async (name: string, value: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const [{ changeSettings }, { settingsChangeSchema, settingsSchema }] = await Promise.all([
        import('../../app/settings.ts'),
        import('../../common/contract/settings.ts'),
      ]);
      const change = parseChange(name, value, settingsSchema.parse({}), (change) => {
        const { success, data } = settingsChangeSchema.safeParse(change);
        return success ? data : undefined;
      });
      await working(surroundings, options, async ({ store }) => {
        const values = changeSettings(store, change);
        if (options.json) return printJson(surroundings, { type: 'settings', ...values });
        printSettings(surroundings, values);
      });
    });
  settings
    .command('move-home')
    .description('copy the home folder to a new or empty folder, compare both, and use the copy from then on')
    .argument('<folder>', 'the new home folder', parseFilled('The folder'))
    .addHelpText('after', '\nExample:\n  transplant settings move-home /mnt/large/transplant')
    .action(async (folder: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { moveHome } = await import('../../app/move-home/move.ts');
      const moved = await watching(surroundings, options, ({ signal, note }) => {
        let phase = '';
        return moveHome(options.home, folder, {
          signal,
          onProgress: (progress) => {
            if (progress.phase === phase) return;
            phase = progress.phase;
            note(`${phase === 'copying' ? 'Copying' : 'Checking'} ${byteSize(progress.total)} ...`);
          },
        });
      });
      if (options.json) return printJson(surroundings, { type: 'moved', home: moved.to, former: moved.home });
      print(surroundings, `The home folder is ${moved.to} now.`);
      print(surroundings, `The former one is as it was: delete ${moved.home} once you are sure.`);
    });
  settings
    .command('clear-cache')
    .description('delete what is worked out again when it is asked for')
    .addHelpText('after', '\nExample:\n  transplant settings clear-cache')
    .action(async (_options: object, command: Command) => {
      const { clearCache } = await import('../../app/disk-usage.ts');
      await working(surroundings, command.optsWithGlobals<GlobalOptions>(), ({ home }) => clearCache(home));
    });
}

/** Settings by the names that a command line has: `shared-memory` for sharedMemory. */
const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function printSettings(surroundings: Surroundings, values: Settings): void {
  for (const [name, value] of Object.entries(values)) print(surroundings, `${dashed(name)}: ${value ?? 'default'}`);
}

/** @param check returns what is allowed; undefined for anything else */
function parseChange(
  name: string,
  value: string,
  usual: Settings,
  check: (change: object) => SettingsChange | undefined,
): SettingsChange {
  const names = Object.keys(usual) as (keyof Settings)[];
  const known = names.find((one) => dashed(one) === name);
  if (!known)
    throw new UserError(`There is no setting "${name}"; there are ${names.map(dashed).join(', ')}.`, { usage: true });
  const WORDS: Readonly<Record<string, unknown>> = {
    yes: true,
    no: false,
    true: true,
    false: false,
    default: usual[known],
  };
  const read = Object.hasOwn(WORDS, value) ? WORDS[value] : /^\d+$/.test(value) ? Number(value) : value;
  const change = check({ [known]: read });
  if (change) return change;
  throw new UserError(`"${value}" is nothing that ${name} can be.`, { usage: true });
}
