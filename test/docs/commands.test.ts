import { CommanderError } from 'commander';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src-main/cli/commands/program.ts';
import { runCommandLine } from '../../src-main/cli/terminal/run.ts';
import { UserError } from '../../src-main/errors.ts';
import { leaves } from '../../tools/command-reference.ts';
import { setUp } from '../cli/set-up.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })];
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
/** What npm does itself. */
const OF_NPM = ['ci', 'version'];

/** Command lines in code blocks of a shell and within sentences, without comments, variables before them and `[...]`. */
function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].flatMap(([, text]) => text.split('\n'));
  const inText = [...markdown.replace(/^ *```[^]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, words]) => words);
  return [...blocks, ...inText]
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map((command) =>
      command
        .trim()
        .replace(/^([A-Z_]+=\S+ +)+/, '')
        .replace(/ +\[[^\]]*\]/g, ''),
    )
    .filter((command) => /^(npm|npx transplant|transplant) /.test(command));
}

/** Parses a command of `transplant` as the program does, and does nothing. Throws what the program would say. */
async function parse(words: readonly string[]): Promise<void> {
  const program = await buildProgram(setUp().surroundings);
  for (const command of leaves(program)) command.action(() => {});
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    // Help and version.
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

async function problemOf(command: string): Promise<string | undefined> {
  const parts = command.replace(/^npx /, '').match(/"[^"]*"|\S+/g) ?? [];
  const [program, ...words] = parts.map((word) => word.replace(/^"(.*)"$/, '$1'));
  if (program === 'npm') {
    const script = words[0] === 'run' ? words[1] : words[0];
    return script in scripts || OF_NPM.includes(script) ? undefined : `npm has no "${script}"`;
  }
  return parse(words).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

describe.each(PAGES)('%s', (page) => {
  it('names only commands that the program understands', async () => {
    const commands = commandsIn(readFileSync(join(ROOT, page), 'utf8'));
    const problems = await Promise.all(commands.map(async (command) => [command, await problemOf(command)]));
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });
});

it('finds the commands of a page, and what is wrong with one', async () => {
  expect(
    commandsIn('`npm ci && npm start`\n```sh\nA=2 npm test  # all\nnpx transplant engine add tensorflow [--gpu]\n```'),
  ).toEqual(['npm test', 'npx transplant engine add tensorflow', 'npm ci', 'npm start']);
  expect(await problemOf('npx transplant study run --preset quick')).toBeUndefined();
  expect(await problemOf('npx transplant study run --preset quik')).toMatch(/quik/);
  expect(await problemOf('npx transplant study walk')).toMatch(/walk/);
  expect(await problemOf('npx transplant study show')).toMatch(/id/);
  expect(await problemOf('npm run nothing')).toBe('npm has no "nothing"');
  await expect(parse(['study', 'run', '--seeds', '0'])).rejects.toThrow(UserError);
});

it.each(['network show alexnet', 'network show alexnet --json', 'data list', 'study list', '--version'])(
  'does what the pages say that "transplant %s" does',
  async (command) => {
    const { surroundings, written, home } = setUp();
    expect(await runCommandLine([...command.split(' '), '--home', home], surroundings)).toBe(0);
    expect(written.stdout).not.toBe('');
  },
);
