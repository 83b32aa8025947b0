import { Command } from 'commander';
import { programVersion } from '../../process/program.ts';
import { addClusterCommands } from './cluster.ts';
import { addDataCommands } from './data.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEngineCommands } from './engine.ts';
import { addFiltersCommand } from './filters.ts';
import { addLayersCommand } from './layers.ts';
import { addNetworkCommands } from './network.ts';
import { addPredictCommand } from './predict.ts';
import { addOpenCommand } from '../window/open.ts';
import { parseFilled } from '../terminal/parse.ts';
import { addServeCommand } from '../window/serve.ts';
import { addSettingsCommands } from './settings.ts';
import { addStudyCommands } from './study.ts';
import { addWorkerCommand } from './worker.ts';
import type { Surroundings } from '../terminal/surroundings.ts';

/** Builds the whole command line. Its parser throws instead of ending the process; terminal/run.ts reports the error. */
export function buildProgram(surroundings: Surroundings): Command {
  const program = new Command('transplant')
    .description('How transferable are the features that a convolutional network learns, layer by layer?')
    .version(programVersion(), '-V, --version', 'print the version')
    .option(
      '--home <folder>',
      "where images, networks and results are kept (default: TRANSPLANT_HOME, or the platform's application-data folder)",
      parseFilled('--home'),
    )
    .option('--json', 'print one JSON line per event or row on standard output, and nothing else there')
    .configureHelp({ showGlobalOptions: true })
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
  addOpenCommand(program, surroundings);
  addServeCommand(program, surroundings);
  addDataCommands(program, surroundings);
  addStudyCommands(program, surroundings);
  addFiltersCommand(program, surroundings);
  addLayersCommand(program, surroundings);
  addNetworkCommands(program, surroundings);
  addPredictCommand(program, surroundings);
  addEngineCommands(program, surroundings);
  addClusterCommands(program, surroundings);
  addWorkerCommand(program, surroundings);
  addSettingsCommands(program, surroundings);
  addDoctorCommand(program, surroundings);
  return program;
}
