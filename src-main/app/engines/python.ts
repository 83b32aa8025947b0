import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { runProgram, type ProgramOptions } from './run-program.ts';

export interface Python {
  readonly program: string;
  /** `Python 3.11.7` */
  readonly version: string;
}

export interface Wheel {
  /** As pip names it, with what belongs to it: `tensorflow[and-cuda]`. */
  readonly name: string;
  /** `2.21.0`; absent: the newest that is known to work. */
  readonly release?: string;
  /** With the wheels that it needs. */
  readonly dependencies: boolean;
}

/** From the oldest to before the first whose C interface the binding was not tried with. */
const KNOWN_TO_WORK = '>=2.12,<2.22';
const AGAIN = 'then give the command again';

/** Finds a Python with pip. Throws UserErrors that say how to get what is missing. */
export async function findPython(options: ProgramOptions): Promise<Python> {
  for (const program of ['python3', 'python']) {
    const found = await runProgram(program, ['--version'], options);
    if (!found?.ok || !/^Python 3\./m.test(found.output)) continue;
    const pip = await runProgram(program, ['-m', 'pip', '--version'], options);
    if (pip?.ok) return { program, version: found.output.trim() };
    throw new UserError(
      `${found.output.trim()} has no pip, which fetches TensorFlow: install it (Debian, Ubuntu: "apt install python3-pip"; ` +
        `Fedora: "dnf install python3-pip"; else "${program} -m ensurepip --user"), ${AGAIN}.`,
    );
  }
  throw new UserError(
    'TensorFlow is fetched with Python, and there is none (no python3 on PATH): install it (Debian, Ubuntu: ' +
      `"apt install python3 python3-pip"; Fedora: "dnf install python3 python3-pip"), ${AGAIN}.`,
  );
}

/** Fetches a wheel and unpacks it into a folder, touching nothing outside of it. Throws UserErrors, and Cancelled. */
export async function fetchWheel(
  { program, version }: Python,
  wheel: Wheel,
  folder: string,
  { environment, signal }: ProgramOptions,
): Promise<void> {
  const requirement = `${wheel.name}${wheel.release === undefined ? KNOWN_TO_WORK : `==${wheel.release}`}`;
  // Beside, because the system's temporary folder may be too small for it, or on another drive.
  const temporary = join(folder, '.pip');
  await mkdir(temporary, { recursive: true });
  const words = [
    '-m',
    'pip',
    'install',
    '--target',
    folder,
    '--only-binary',
    ':all:',
    '--no-compile',
    '--no-cache-dir',
  ];
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const alone = wheel.dependencies ? [] : ['--no-deps'];
  const ended = await runProgram(program, [...words, ...quiet, ...alone, requirement], {
    // A user's settings for pip hold, but for those that contradict a folder of our own.
    environment: { ...environment, TMPDIR: temporary, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
    signal,
  });
  await rm(temporary, { recursive: true, force: true });
  if (ended?.ok) return;
  const output = ended?.output ?? '';
  if (/No matching distribution|Could not find a version/.test(output) && !/connection|retry/i.test(output))
    throw new UserError(
      `There is no wheel of ${requirement} for ${version} on ${process.platform} ${process.arch}: ` +
        `take a Python between 3.10 and 3.13, or another release of TensorFlow with --tensorflow, ${AGAIN}.`,
    );
  throw new UserError(
    `pip could not fetch ${wheel.name} (${lastError(output)}): see to that, or whether this machine reaches the ` +
      `Python package index, ${AGAIN}.`,
  );
}

function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((text) => /error/i.test(text)) ?? lines.at(-1) ?? 'it said nothing';
  return line
    .trim()
    .replace(/^ERROR: /, '')
    .replace(/\.$/, '');
}
