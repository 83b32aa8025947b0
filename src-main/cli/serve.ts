import type { Command } from 'commander';
import { wholeNumber, parseFilled } from './parse.ts';
import { serveUntilStopped, type ServingOptions } from './serving.ts';
import type { Surroundings } from './surroundings.ts';

/** `transplant serve` shows the screens in a browser, also for machines without a display. */
export function addServeCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('serve')
    .description('show the screens in a browser: on this machine, or on yours through an SSH tunnel')
    .option(
      '--port <n>',
      'the port to listen on; 0 means any free one (default: 11792)',
      wholeNumber('--port', 0, 65_535),
    )
    .option('--listen <address>', 'the address to listen on (default: 127.0.0.1)', parseFilled('--listen'))
    .option('--beyond-loopback', 'allow an address that other machines can reach; nothing is encrypted')
    .option(
      '--known-as <host:port>',
      'also answer to this name, as a tunnel or proxy passes it on; may be given several times',
      (text: string, names: readonly string[] = []) => [...names, text],
    )
    .addHelpText(
      'after',
      `
Examples:
  transplant serve                              prints the link to open
  ssh -L 11792:127.0.0.1:11792 me@gpu-machine   run on your own machine, makes the link of gpu-machine work there`,
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<ServingOptions>();
      const { parseKnownAs } = await import('../host/listen-address.ts');
      await serveUntilStopped(surroundings, { ...options, knownAs: options.knownAs?.map(parseKnownAs) });
    });
}
