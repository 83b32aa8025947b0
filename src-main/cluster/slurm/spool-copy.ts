import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, lstatSync, readdirSync, renameSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import { makeSpoolFolder } from '../spool/safe-files.ts';
import { type CommandPlace, OutOfReach, overSsh, runCommand, shellQuoted } from './command.ts';

/** Files of a spool that come back: nothing else that the other side has is wanted. */
const WANTED =
  /^(runs\/[0-9a-f]{8,64}\/attempt-[1-9]\d{0,5}\/(result\.json|start-[1-9]\d{0,5}\/(curve\.jsonl|state\.json|step-\d{1,15}\.safetensors))|submissions\/[0-9a-z]{1,40}\/(\d{1,7}|shell)\.log|submissions\/probe[0-9a-z]{1,32}\/found\.json)$/;

/**
 * Copies between the spool of this machine and that of a host that ssh reaches, as archives of tar through one connection each. A
 * file that comes is a plain one of a name that is wanted, and appears whole; what it says is held to its hashes by who reads it.
 */
export class SpoolCopy {
  readonly #here: string;
  readonly #there: string;
  readonly #place: CommandPlace & { readonly ssh: string };
  /** Size and time of what the other side has of ours, and of what we have of it. */
  readonly #sent = new Map<string, string>();
  readonly #had = new Map<string, string>();

  constructor(here: string, there: string, place: CommandPlace & { readonly ssh: string }) {
    this.#here = here;
    this.#there = there;
    this.#place = place;
  }

  /** Copies what jobs begin with: blobs, jobs and submissions. Those that are there by name stay as they are. */
  async push(): Promise<void> {
    const files = filesBelow(this.#here, '').filter(
      (file) => /^blobs\/|^submissions\/[^/]+\/(jobs|submi\w+\.json)$|\/job\.json$/.test(file) && !/\/\./.test(file),
    );
    const there = new Set(await this.#list('-type f -printf "%P\\n"'));
    const missing = files.filter((file) => this.#sent.get(file) !== stamp(join(this.#here, file)) && !there.has(file));
    if (missing.length > 0) await this.#send(missing);
    for (const file of files) this.#sent.set(file, stamp(join(this.#here, file)));
  }

  async makeFolder(folder: string): Promise<void> {
    await runCommand(['mkdir', '-p', join(this.#there, folder)], this.#place);
  }

  /** Copies what jobs have written since the last time. Weights come with the result that names them, and not before. */
  async pull(): Promise<void> {
    const lines = await this.#list('-type f -printf "%s %T@ %P\\n"');
    const found = lines.flatMap((line) => {
      const [, state, file] = /^(\d+ [\d.]+) (.+)$/.exec(line) ?? [];
      return file !== undefined && WANTED.test(file) ? [{ state, file }] : [];
    });
    const done = new Set(found.flatMap(({ file }) => /^(.+)\/result\.json$/.exec(file)?.[1] ?? []));
    const isDue = ({ file, state }: { readonly file: string; readonly state: string }) =>
      this.#had.get(file) !== state && (!file.endsWith('.safetensors') || done.has(dirname(dirname(file))));
    // A result comes last, so that what it names is here when it is read.
    const due = found.filter(isDue).sort((a, b) => Number(isResult(a.file)) - Number(isResult(b.file)));
    if (due.length > 0) await this.#fetch(new Set(due.map(({ file }) => file)));
    for (const { file, state } of due) this.#had.set(file, state);
  }

  async #list(conditions: string): Promise<string[]> {
    const script = `cd ${shellQuoted(this.#there)} && mkdir -p blobs runs submissions && find blobs runs submissions ${conditions.replace('%P', '%p')}`;
    const printed = await runCommand(['sh', '-c', script], this.#place);
    return printed.split('\n').filter(Boolean);
  }

  async #send(files: readonly string[]): Promise<void> {
    // Under another name until all of it is there: an archive may be cut off.
    const script = `cd ${shellQuoted(this.#there)} && t=$(mktemp -d ./.push-XXXXXX) && tar -xf - -C "$t" && (cd "$t" && find . -type f | while IFS= read -r f; do mkdir -p "../$(dirname "$f")" && mv "$f" "../$f"; done) && rm -rf "$t"`;
    const archive = pack();
    const sending = this.#connect(script, (child) => pipeline(archive, child.stdin));
    for (const file of files) {
      const path = join(this.#here, file);
      const { size } = lstatSync(path);
      const entry = archive.entry({ name: file, size, mode: OWNER_ONLY.file });
      await pipeline(createReadStream(path, { end: Math.max(0, size - 1) }), entry);
    }
    archive.finalize();
    await sending;
  }

  async #fetch(files: ReadonlySet<string>): Promise<void> {
    const script = `cd ${shellQuoted(this.#there)} && tar -cf - --no-recursion --ignore-failed-read -T -`;
    await this.#connect(script, async (child) => {
      const reading = extract();
      child.stdin.end([...files].join('\n'));
      const receiving = (async () => {
        for await (const entry of reading) {
          const { name, type } = entry.header;
          if (!files.has(name) || type !== 'file') {
            entry.resume();
            continue;
          }
          const path = join(this.#here, name);
          const aside = join(dirname(path), `.${randomUUID()}.part`);
          makeSpoolFolder(dirname(path));
          await pipeline(entry, createWriteStream(aside, { flags: 'wx', mode: OWNER_ONLY.file }));
          renameSync(aside, path);
        }
      })();
      await Promise.all([pipeline(child.stdout, reading), receiving]);
    });
  }

  async #connect(script: string, work: (child: Connection) => Promise<void>): Promise<void> {
    const { ssh, environment = process.env } = this.#place;
    const [program, ...words] = overSsh(ssh, ['sh', '-c', script]);
    const child = spawn(program, words, { env: environment, stdio: 'pipe' });
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-600)));
    child.once('close', resolve).once('error', () => resolve(127));
    child.stdin.on('error', () => {});
    const worked = await work(child).then(
      () => undefined,
      (error: unknown) => error ?? 'failed',
    );
    if (worked !== undefined) child.kill();
    const code = await ended;
    // A file that grows while it is read is no failure of ours: it comes again.
    if (worked === undefined && (code === 0 || (code === 1 && script.includes('tar -c')))) return;
    throw new OutOfReach(`Files can't be copied to or from ${ssh}: "${said.trim() || String(worked)}".`);
  }
}

type Connection = ReturnType<typeof spawn> & {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
};

const isResult = (file: string): boolean => file.endsWith('/result.json');

function stamp(file: string): string {
  const status = lstatSync(file);
  return `${status.size} ${status.mtimeMs}`;
}

/** Plain files below a folder, with forward slashes; nothing behind links. */
function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : entry.isFile() ? [path] : [];
  });
}
