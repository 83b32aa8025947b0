import { spawn } from 'node:child_process';
import { UserError } from '../../errors.ts';

/** Runs Slurm's commands where they are: on this machine, or on a host that the system's ssh reaches. */
export interface CommandPlace {
  readonly ssh?: string;
  /** Absent: that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The command could not be asked: the host can't be reached, or nothing answers. It may be later. */
export class OutOfReach extends UserError {}

/** The command said no. */
export class Refused extends UserError {
  readonly words: string;

  constructor(command: string, words: string) {
    super(`${command} refuses: "${words}".`);
    this.words = words;
  }
}

const MOST_OUTPUT = 256 * 2 ** 20;
/** Seconds that a command may take. */
const PATIENCE = 120;
/** What Slurm's commands say while its controller restarts. */
const CONTROLLER =
  /contact slurm controller|slurmctld|Socket timed out|Connection refused|Zero Bytes|Transport endpoint/i;

/**
 * Runs a command and returns what it prints. No word of it is read by a shell here; over ssh the other side has one, and each word
 * is quoted for it. Throws OutOfReach and Refused, with the command's own words.
 */
export async function runCommand(words: readonly string[], place: CommandPlace, input = ''): Promise<string> {
  const { ssh, environment = process.env } = place;
  const [program, ...rest] = ssh === undefined ? words : overSsh(ssh, words);
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; output: string; errors: string }>();
  const child = spawn(program, rest, { env: environment, stdio: 'pipe', timeout: PATIENCE * 1000 });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > MOST_OUTPUT) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-8000)));
  child.once('error', (error) => resolve({ code: 127, output, errors: error.message }));
  child.once('close', (code) => resolve({ code, output, errors }));
  // A command that ends before it has read says why by itself.
  child.stdin.on('error', () => {}).end(input);
  const { code, errors: text, output: printed } = await promise;
  if (code === 0) return printed;
  const said = ownWords(text) || `it ended with ${code === null ? 'a signal' : `code ${code}`}`;
  if (ssh !== undefined && code === 255)
    throw new OutOfReach(`ssh can't reach ${ssh}: "${said}"; try "ssh ${ssh}" by itself.`);
  const name = words[0] === 'env' ? words[2] : words[0];
  const where = ssh === undefined ? 'this machine' : ssh;
  if (code === 127)
    throw new UserError(
      `There is no ${name} on ${where} ("${said}"): is Slurm installed there, or is it another host (--ssh)?`,
    );
  if (code === null || CONTROLLER.test(said)) throw new OutOfReach(`${name} on ${where} gets no answer: "${said}".`);
  throw new Refused(name, said);
}

/** The system's ssh, with its own configuration and keys; it asks nobody for a password. */
export const overSsh = (host: string, words: readonly string[]): string[] => [
  'ssh',
  ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-T', '--', host],
  words.map(shellQuoted).join(' '),
];

/** A word as a POSIX shell takes it for one word, whatever is in it. */
export const shellQuoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Without the prefix of each line, in one line. */
const ownWords = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/^\w+: (error|fatal): /, '').trim())
    .filter(Boolean)
    .join('; ')
    .slice(0, 600);
