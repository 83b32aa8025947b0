import type { Command } from 'commander';
import { styleText } from 'node:util';
import { counted } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from '../terminal/surroundings.ts';

const COLOURS = { ok: 'green', note: 'yellow', problem: 'red' } as const;

/** `transplant doctor` says what this machine and the home folder can do, and what is wrong with them. */
export function addDoctorCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('doctor')
    .description(
      'examine this machine and the home folder: engines, memory and disk, problems and what to do about them',
    )
    .addHelpText('after', '\nExample:\n  transplant doctor')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const [{ examineMachine }, { homeFolder }] = await Promise.all([
        import('../../app/doctor/doctor.ts'),
        import('../../app/home.ts'),
      ]);
      const findings = await examineMachine(homeFolder(options.home));
      for (const finding of findings) {
        if (options.json) printJson(surroundings, { type: 'finding', ...finding });
        else {
          surroundings.stdout.direct.write(colour(finding.status, surroundings));
          print(surroundings, ` ${finding.name}: ${finding.text}`);
        }
      }
      const problems = findings.filter(({ status }) => status === 'problem').length;
      if (problems > 0) throw new UserError(`${counted(problems, 'problem')} found; see above.`);
    });
}

function colour(status: keyof typeof COLOURS, { stdout }: Surroundings): string {
  const word = status.padEnd('problem'.length);
  // styleText takes NO_COLOR, FORCE_COLOR and the abilities of the stream into account.
  return styleText(COLOURS[status], word, { stream: stdout.direct });
}
