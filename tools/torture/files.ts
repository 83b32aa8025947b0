import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { originals, type Original } from './originals.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import type { HasRead, ToRead } from './read-child.ts';

/** Files of every kind that the program reads, with one to three faults in each: taken, or refused in a sentence, and nothing else. */
export const files: Part = {
  name: 'files',
  about: 'damaged and hostile images, archives, models, studies and networks',
  few: 150,
  patience: 180_000,
  open: async () => new Readers(await originals()),
};

/** What reading a file may take, in proportion to it: processor seconds and megabytes, for none and for each megabyte. */
const SECONDS = { least: 6, each: 6 };
const MEGABYTES = { least: 400, each: 60 };
/** Milliseconds after which a process that reads is ended. */
const WALL = 120_000;

class Readers implements Target {
  readonly #originals: readonly Original[];
  #child: ChildProcess | undefined;

  constructor(all: readonly Original[]) {
    this.#originals = all;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    const original = this.#originals[random.integer(this.#originals.length)];
    const { name, reader, files, file, opened = file } = original;
    const { bytes, how } = await original.change(files[file], random);
    const attack = `${name}: ${how}`;
    for (const [path, content] of Object.entries({ ...files, [file]: bytes })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const into = join(folder, 'into');
    mkdirSync(into);
    const before = listing(folder);
    const result = await this.#read({ reader, path: join(folder, opened), into });
    const outside = listing(folder).filter((path) => !before.includes(path) && !path.startsWith('into'));
    if (outside.length > 0) return { outcome: 'lost', attack, found: `it wrote ${outside.join(', ')}` };
    if (typeof result === 'string')
      return { outcome: result === 'hung' ? 'hung' : 'misreported', attack, found: result };
    return { attack, ...judged(result, { bytes: bytes.length, reader, into, changed: file }) };
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
  }

  /** What the process says, `hung`, or how it ended. */
  async #read(work: ToRead): Promise<HasRead | string> {
    const child = (this.#child ??= start());
    const abort = new AbortController();
    const { signal } = abort;
    let hung = false;
    const late = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, WALL);
    try {
      child.send(work);
      const answer = once(child, 'message', { signal }).then(([message]) => message as HasRead);
      const end = once(child, 'exit', { signal }).then(([code, killedBy]) => {
        this.#child = undefined;
        return hung ? 'hung' : `the process that read it ended with ${killedBy ?? code}`;
      });
      const result = await Promise.race([answer, end]);
      answer.catch(() => {});
      end.catch(() => {});
      return result;
    } finally {
      abort.abort();
      clearTimeout(late);
    }
  }
}

function judged(
  { end, words, seconds, megabytes }: HasRead,
  { bytes, reader, into, changed }: { bytes: number; reader: string; into: string; changed: string },
): Omit<Verdict, 'attack'> {
  const size = bytes / 2 ** 20;
  const spent = `${seconds.toFixed(1)} s and ${Math.round(megabytes)} MB for ${bytes} bytes; it said: ${words.slice(0, 500)}`;
  if (seconds > SECONDS.least + SECONDS.each * size) return { outcome: 'hung', found: spent };
  if (megabytes > MEGABYTES.least + MEGABYTES.each * size) return { outcome: 'hung', found: spent };
  if (end === 'bug') return { outcome: 'misreported', found: words };
  const left = existsSync(into) ? readdirSync(into).filter((name) => !name.startsWith('transplant.sqlite')) : [];
  // The folder of a study that is restored is removed by who asked for it.
  if (end === 'refused' && reader === 'import' && left.length > 0)
    return { outcome: 'misreported', found: `it was refused, but left ${left.join(', ')} behind` };
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  if (end === 'refused' && (/[\x00-\x1f\x7f-\x9f]/.test(words) || words.length > 2000 || words === ''))
    return { outcome: 'misreported', found: `the sentence is none: ${JSON.stringify(words.slice(0, 500))}` };
  const image = changed.startsWith('set/ant/');
  if (end === 'taken' && image && !words.startsWith('5 images') && !words.includes(changed.slice('set/'.length)))
    return { outcome: 'misreported', found: `an image is missing and not listed: ${words.slice(0, 500)}` };
  return { outcome: 'survived' };
}

const listing = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });

function start(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'read-child.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  });
  setPriority(child.pid!, constants.priority.PRIORITY_BELOW_NORMAL);
  return child;
}
