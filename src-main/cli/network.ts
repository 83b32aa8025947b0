import type { Command } from 'commander';
import { resolveNetwork, type Network, type Shape } from '../network/network.ts';

import { count, magnitude } from './numbers.ts';
import { parseFilled, wholeNumber } from './parse.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from './surroundings.ts';
import { table } from './table.ts';

/** Classes of each half of ILSVRC-2012 in the paper. */
const PAPER_CLASSES = 500;

/** `transplant network`: what a network is made of. */
export function addNetworkCommands(program: Command, surroundings: Surroundings): void {
  const network = program.command('network').description('look at a network before training it');
  network
    .command('show')
    .description('show the layers of a network: shapes, parameters, work of one image')
    .argument('<network>', 'a built-in network by name, or a JSON file', parseFilled('NETWORK'))
    .option('--classes <n>', 'classes of one half', wholeNumber('--classes', 2, 65_536), PAPER_CLASSES)
    .addHelpText(
      'after',
      '\nExamples:\n  transplant network show alexnet\n  transplant network show my-network.json --classes 10',
    )
    .action(async (nameOrFile: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { classes: number }>();
      const resolved = resolveNetwork(
        await (await import('../network/read-spec.ts')).readNetwork(nameOrFile),
        options.classes,
      );
      if (options.json) printJson(surroundings, { type: 'network', ...resolved });
      else print(surroundings, describe(resolved));
    });
}

function describe({ spec, layers, parameters, classes }: Network): string {
  const rows = layers.map(({ n, name, spec: { type }, output, parameters, flops }) => [
    String(n),
    name,
    type,
    shape(output),
    parameters > 0 ? count(parameters) : '',
    magnitude(flops),
  ]);
  const total = parameters.reduce((sum, { size }) => sum + size, 0);
  const work = layers.reduce((sum, { flops }) => sum + flops, 0);
  return [
    `${spec.name}: input ${shape(layers[0].input)}, ${count(classes)} classes`,
    '',
    table(['n', 'LAYER', 'TYPE', 'OUTPUT', 'PARAMETERS', 'FLOP'], rows, [1, 2, 3]),
    '',
    `${count(total)} parameters, ${magnitude(work)} floating point operations for one image's forward pass`,
  ].join('\n');
}

const shape = (sizes: Shape): string => sizes.join('x');
