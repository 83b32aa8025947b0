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
  /** Its name for pip, extras included: `tensorflow[and-cuda]`. */
  readonly name: string;
  /** `2.21.0`; absent: the newest that is known to work. */
  readonly release?: string;
  /** Whether to fetch the wheels that it needs as well. */
  readonly dependencies: boolean;
}

/** Releases whose C interface the binding was tried with. */
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
    'TensorFlow is fetched with Python, but there is no Python here (no python3 on PATH): install it (Debian, Ubuntu: ' +
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
  // pip's temporary folder is inside, because the system's may be too small for a wheel, or on another drive.
  const temporary = join(folder, '.pip');
  await mkdir(temporary, { recursive: true });
  const args = ['-m', 'pip', 'install', '--target', folder, '--only-binary', ':all:', '--no-compile', '--no-cache-dir'];
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const alone = wheel.dependencies ? [] : ['--no-deps'];
  const ended = await runProgram(program, [...args, ...quiet, ...alone, requirement], {
    // A user's settings for pip apply, except for those that contradict a folder of our own.
    environment: { ...environment, TMPDIR: temporary, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
    signal,
  });
  await rm(temporary, { recursive: true, force: true });
  if (ended?.ok) return;
  const output = ended?.output ?? '';
  if (/No matching distribution|Could not find a version/.test(output) && !/connection|retry/i.test(output))
    throw new UserError(
      `There is no wheel of ${requirement} for ${version} on ${process.platform} ${process.arch}: ` +
        `use a Python between 3.10 and 3.13, or another release of TensorFlow with --tensorflow, ${AGAIN}.`,
    );
  throw new UserError(
    `pip could not fetch ${wheel.name} (${lastError(output)}): solve that, or check whether this machine reaches the ` +
      `Python package index, ${AGAIN}.`,
  );
}

function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((text) => /error/i.test(text)) ?? lines.at(-1) ?? 'it wrote nothing';
  return line
    .trim()
    .replace(/^ERROR: /, '')
    .replace(/\.$/, '');
}
