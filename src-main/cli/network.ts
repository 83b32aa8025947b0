import type { Command } from 'commander';
import { describeNetwork } from '../network/describe.ts';
import { resolveNetwork } from '../network/network.ts';
import { readNetwork } from '../network/read-spec.ts';
import { addExportCommand } from './export-network.ts';
import { parseFilled, wholeNumber } from './parse.ts';
import { printJson, type GlobalOptions, type Surroundings } from './surroundings.ts';

/** The number of classes of each half of ILSVRC-2012 in the paper. */
const PAPER_CLASSES = 500;

/** `transplant network` shows a network's layers and exports trained networks. */
export function addNetworkCommands(program: Command, surroundings: Surroundings): void {
  const network = program
    .command('network')
    .description('look at a network before training it, and export it afterwards')
    .addHelpText('after', '\nExample:\n  transplant network show alexnet');
  addExportCommand(network, surroundings);
  network
    .command('show')
    .description('show the layers of a network: shapes, parameters, computation per image')
    .argument('<network>', 'a built-in network by name, or a JSON file', parseFilled('NETWORK'))
    .option('--classes <n>', 'number of classes of one half', wholeNumber('--classes', 2, 65_536), PAPER_CLASSES)
    .addHelpText(
      'after',
      '\nExamples:\n  transplant network show alexnet\n  transplant network show my-network.json --classes 10',
    )
    .action(async (nameOrFile: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { classes: number }>();
      const resolved = resolveNetwork(await readNetwork(nameOrFile), options.classes);
      if (options.json) printJson(surroundings, { type: 'network', ...resolved });
      else surroundings.stdout.write(describeNetwork(resolved));
    });
}
