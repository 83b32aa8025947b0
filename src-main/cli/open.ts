import type { Command } from 'commander';
import { openInBrowser } from './browser.ts';
import { builtProgram } from './built-program.ts';
import { electronBinary } from './electron-binary.ts';
import { serveUntilStopped } from './serving.ts';
import type { GlobalOptions, Surroundings } from './surroundings.ts';
import { openWindow } from './window.ts';
import { displayObstacle, sandboxObstacle, userObstacle, type Machine } from './window-obstacle.ts';

/** `transplant open` opens the window, or the same screens in a browser where there can be no window. */
export function addOpenCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('open')
    .description('open the window, or the same screens in a browser where there can be no window')
    .addHelpText('after', '\nExample:\n  transplant open')
    .action(async (_options: object, command: Command) => {
      await openScreens(surroundings, command.optsWithGlobals());
    });
}

async function openScreens(surroundings: Surroundings, options: GlobalOptions): Promise<void> {
  const { environment, stderr } = surroundings;
  const machine = { platform: process.platform, environment, uid: process.getuid?.() };
  const electron = await windowProgram(machine);
  if ('path' in electron) {
    const { root } = await builtProgram((sentence) => stderr.write(`${sentence}\n`));
    return openWindow({ electron: electron.path, root, home: options.home }, surroundings);
  }
  stderr.write(`There can be no window: ${electron.obstacle}. The screens are shown in a browser instead.\n`);
  let removeLinkFile = (): void => {};
  const onLink = (link: string): void => {
    if (displayObstacle(machine) === undefined) removeLinkFile = openInBrowser(link);
  };
  try {
    await serveUntilStopped(surroundings, options, { onLink, onPage: () => removeLinkFile() });
  } finally {
    removeLinkFile();
  }
}

/** The path of Electron's binary if it can show a window here, or the obstacle. The slowest check comes last. */
async function windowProgram(machine: Machine): Promise<{ path: string } | { obstacle: string }> {
  const obstacle = displayObstacle(machine) ?? userObstacle(machine);
  if (obstacle !== undefined) return { obstacle };
  const electron = await electronBinary();
  const noSandbox = 'path' in electron ? sandboxObstacle(electron.path, machine) : undefined;
  return noSandbox === undefined ? electron : { obstacle: noSandbox };
}
