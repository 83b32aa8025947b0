import { Command, Help } from 'commander';
import { programVersion } from '../../process/program.ts';
import { parseFilled } from '../terminal/parse.ts';
import type { Surroundings } from '../terminal/surroundings.ts';

interface ListedCommand {
  readonly name: string;
  readonly description: string;
  /** What gives it its arguments, options and commands of its own. */
  readonly load: () => Promise<(command: Command, surroundings: Surroundings) => void>;
}

/** In the order of the help. */
const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'open',
    description: 'open the window, or the same screens in a browser where there can be no window',
    load: async () => (await import('../window/open.ts')).addOpenCommand,
  },
  {
    name: 'serve',
    description: 'show the screens in a browser: on this machine, or on yours through an SSH tunnel',
    load: async () => (await import('../window/serve.ts')).addServeCommand,
  },
  {
    name: 'data',
    description: 'import image sets and list them',
    load: async () => (await import('./data.ts')).addDataCommands,
  },
  {
    name: 'study',
    description: 'run the experiment, and look at its results',
    load: async () => (await import('./study.ts')).addStudyCommands,
  },
  {
    name: 'filters',
    description: 'draw the filters of the first or a depthwise layer of a network as a PNG file, or classify them',
    load: async () => (await import('./filters.ts')).addFiltersCommand,
  },
  {
    name: 'layers',
    description: 'show what excites the units of each layer of a training, and visualise the features of one',
    load: async () => (await import('./layers.ts')).addLayersCommand,
  },
  {
    name: 'network',
    description: 'look at a network before training it, and export it afterwards',
    load: async () => (await import('./network.ts')).addNetworkCommands,
  },
  {
    name: 'predict',
    description: 'ask a trained network what is in images',
    load: async () => (await import('./predict.ts')).addPredictCommand,
  },
  {
    name: 'engine',
    description: 'build or remove native TensorFlow (where Transplant runs from its source, on Linux)',
    load: async () => (await import('./engine.ts')).addEngineCommands,
  },
  {
    name: 'cluster',
    description: 'describe clusters with Slurm that studies can be trained on',
    load: async () => (await import('./cluster.ts')).addClusterCommands,
  },
  {
    name: 'worker',
    description: 'train what a job of a cluster says (Slurm starts this on the nodes; see "transplant cluster")',
    load: async () => (await import('./worker.ts')).addWorkerCommand,
  },
  {
    name: 'settings',
    description: 'show or change what is set for good, move the home folder',
    load: async () => (await import('./settings.ts')).addSettingsCommands,
  },
  {
    name: 'doctor',
    description:
      'examine this machine and the home folder: engines, memory and disk, problems and what to do about them',
    load: async () => (await import('./doctor.ts')).addDoctorCommand,
  },
];

/**
 * Builds the command line. Only commands that the words name are loaded, so that help comes at once. Its parser throws instead of
 * ending the process; terminal/run.ts reports the error.
 *
 * @param words absent: everything is loaded
 */
export async function buildProgram(surroundings: Surroundings, words?: readonly string[]): Promise<Command> {
  const program = new Command('transplant')
    .description('How transferable are the features that a network learns, layer by layer?')
    .version(programVersion(), '-V, --version', 'print the version')
    .option(
      '--home <folder>',
      "where images, networks and results are kept (default: TRANSPLANT_HOME, or the platform's application-data folder)",
      parseFilled('--home'),
    )
    .option('--json', 'print one JSON line per event or row on standard output, and nothing else there')
    .configureHelp({
      showGlobalOptions: true,
      // Arguments of those that weren't loaded aren't known.
      subcommandTerm: (command) => (command.parent?.parent ? Help.prototype.subcommandTerm(command) : command.name()),
    })
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      // terminal/run.ts reports errors, all in the same way.
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  transplant open                                     opens the window
  transplant study run                                runs the whole experiment on built-in images, in minutes
  transplant data import photos/ --size 32            imports a folder with one folder of images per class
  transplant study run --data photos --preset standard
  transplant doctor                                   examines this machine

Each command has its own --help.`,
    );
  for (const { name, description, load } of COMMANDS) {
    const command = program.command(name).description(description);
    if (words === undefined || words.includes(name)) (await load())(command, surroundings);
  }
  return program;
}
