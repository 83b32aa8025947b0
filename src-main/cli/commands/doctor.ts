import type { Command } from 'commander';
import { styleText } from 'node:util';
import type { CheckedFiles } from '../../app/doctor/files.ts';
import { counted } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { working } from '../terminal/session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from '../terminal/surroundings.ts';

const COLOURS = { ok: 'green', note: 'yellow', problem: 'red' } as const;

/** `transplant doctor` says what this machine and the home folder can do, and what is wrong with them. */
export function addDoctorCommand(doctor: Command, surroundings: Surroundings): void {
  doctor
    .option('--files', 'also read every stored file and compare it with its hash')
    .option('--repair', 'with --files: set aside what is damaged, to be trained again when its study is resumed')
    .option('--copyable', 'print it for a report of a bug: with versions and the newest bugs, without paths and names')
    .addHelpText('after', '\nExamples:\n  transplant doctor --files\n  transplant doctor --copyable')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<DoctorOptions>();
      if (options.repair && !options.files) throw new UserError('--repair needs --files.', { usage: true });
      const [{ examineMachine }, { homeFolder }] = await Promise.all([
        import('../../app/doctor/doctor.ts'),
        import('../../app/home.ts'),
      ]);
      const home = homeFolder(options.home);
      const examined = await examineMachine(home);
      if (options.copyable) {
        const { diagnostics } = await import('../../app/doctor/diagnostics.ts');
        const text = await diagnostics(home, examined);
        if (options.json) printJson(surroundings, { type: 'diagnostics', text });
        else for (const line of text.split('\n')) print(surroundings, line);
        return;
      }
      const checked = options.files ? await checkedFiles(home) : undefined;
      const findings = [...examined, ...(checked?.findings ?? [])];
      for (const finding of findings) {
        if (options.json) printJson(surroundings, { type: 'finding', ...finding });
        else {
          surroundings.stdout.direct.write(colour(finding.status, surroundings));
          print(surroundings, ` ${finding.name}: ${finding.text}`);
        }
      }
      if (options.repair && checked && checked.damaged.length > 0)
        await repairFiles(checked.damaged, surroundings, options);
      const problems = findings.filter(({ status }) => status === 'problem').length;
      if (problems > 0) throw new UserError(`${counted(problems, 'problem')} found; see above.`);
    });
}

interface DoctorOptions extends GlobalOptions {
  readonly files?: boolean;
  readonly repair?: boolean;
  readonly copyable?: boolean;
}

async function checkedFiles(home: string): Promise<CheckedFiles> {
  const { runTask } = await import('../../app/tasks/run-task.ts');
  return runTask({ type: 'check-files', home });
}

async function repairFiles(
  damaged: readonly string[],
  surroundings: Surroundings,
  options: GlobalOptions,
): Promise<void> {
  const { repair } = await import('../../app/repair.ts');
  await working(surroundings, options, async (application) => {
    const { kept, studies } = repair(application, damaged);
    if (options.json) return printJson(surroundings, { type: 'repaired', kept, studies });
    for (const file of kept) print(surroundings, `Kept as ${file}`);
    for (const study of studies) print(surroundings, `Resume it with: transplant study resume "${study}"`);
  });
}

function colour(status: keyof typeof COLOURS, { stdout }: Surroundings): string {
  const word = status.padEnd('problem'.length);
  // styleText takes NO_COLOR, FORCE_COLOR and the abilities of the stream into account.
  return styleText(COLOURS[status], word, { stream: stdout.direct });
}
