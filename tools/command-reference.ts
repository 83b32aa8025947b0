import { Help, type Command, type Option } from 'commander';
import { buildProgram } from '../src-main/cli/commands/program.ts';
import type { Surroundings } from '../src-main/cli/terminal/surroundings.ts';

const HEAD = `# Command line

<!-- Written by \`npm run docs\` from the program itself; a test holds it equal. Change the commands, not this page. -->

Everything that the window does, and some things more. The command line comes with the source: in a clone of it a command
begins with \`npx transplant\`, and \`--help\` after any of them prints what stands here.

- Results go to standard output, progress and errors to standard error.
- A command that did what it was asked ends with 0, one that failed with 1, a wrong call with 2, and one that Ctrl-C ended
  with 130.
- Ctrl-C stops cleanly: what is done is stored. A second Ctrl-C ends at once.
- \`TRANSPLANT_HOME\` names the home folder where \`--home\` does not. \`NO_COLOR=1\` switches colours off.
- A study is named by its ID, by the beginning of its ID, or by its name. A training is named by its key or the key's
  beginning, or as \`STUDY/NAME\`, such as \`3f2a/A3B+\`.
`;

/** The page docs/command-line.md: every command of the program, in its own order and words. */
export async function commandReference(): Promise<string> {
  const written: string[] = [];
  const stdout = { write: (text: string) => written.push(text) };
  const program = await buildProgram({ stdout } as unknown as Surroundings);
  const globals = section(
    'Options of every command',
    optionTable(program.options.filter(({ long }) => long !== '--version')),
  );
  const examplesOf = (command: Command): string => {
    written.length = 0;
    command.outputHelp();
    const [, examples] = /\nExamples?:\n([^]*)$/.exec(written.join('')) ?? [];
    if (examples === undefined) return '';
    const lines = examples.trimEnd().split('\n');
    return `\`\`\`sh\n${lines.map((line) => line.trim().replace(/ {3,}(?=\S)/, (gap) => `${gap.slice(2)}# `)).join('\n')}\n\`\`\`\n`;
  };
  const commands = leaves(program).map((command) =>
    section(
      pathOf(command),
      `${sentence(command.description())}\n`,
      `\`\`\`\n${pathOf(command)} ${command.usage()}\n\`\`\`\n`,
      argumentList(command),
      optionTable(command.options),
      examplesOf(command),
    ),
  );
  return `${[HEAD, globals, ...commands].join('\n')}`;
}

/** Commands that do something, each after those before it in the program's help. */
export const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** `transplant study run` */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

const section = (title: string, ...parts: string[]): string => [`## ${title}\n`, ...parts.filter(Boolean)].join('\n');

function argumentList({ registeredArguments }: Command): string {
  const lines = registeredArguments.map((one) => `- \`<${one.name()}>\`: ${cell(one.description)}\n`);
  return lines.join('');
}

function optionTable(options: readonly Option[]): string {
  if (options.length === 0) return '';
  const help = new Help();
  const rows = options.map((option) => `| \`${option.flags}\` | ${cell(help.optionDescription(option))} |\n`);
  return `| option | what it does |\n| --- | --- |\n${rows.join('')}`;
}

/** What would end a cell of a table, or begin HTML. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('~', '\\~');

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}.`;
