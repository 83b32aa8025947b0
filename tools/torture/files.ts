import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { hostileFiles, type Hostile } from './hostile.ts';
import { originals, studyEntries, type Original, type Reader } from './originals.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import type { HasRead, ToRead } from './read-child.ts';

/** Files of every kind that the program reads, with one to three faults in each: taken, or refused in a sentence, and nothing else. */
export const files: Part = {
  name: 'files',
  about: 'damaged and hostile images, archives, models, studies and networks',
  few: 150,
  patience: 300_000,
  async open() {
    const study = await studyEntries();
    return new Readers(await originals(study), await hostileFiles(study));
  },
};

/** Of how many attacks one is with a file that is small for what it holds. */
const HOSTILE = 20;

/** What reading a file may take, in proportion to it: processor seconds and megabytes, for none and for each megabyte. */
const SECONDS = { least: 6, each: 6 };
const MEGABYTES = { least: 400, each: 60 };
/** Milliseconds after which a process that reads is ended. */
const WALL = 120_000;

/** A file that is to be read, and what stands beside it. */
interface Given extends Pick<Original, 'reader' | 'files' | 'file' | 'opened'> {
  readonly bytes: Buffer;
  readonly attack: string;
}

/** The same when it is written, with the length and the place in its folder of what was changed. */
interface Written {
  readonly reader: Reader;
  readonly path: string;
  readonly bytes: number;
  readonly changed: string;
}

/** Reads files in a process that is kept for the next, until one of them breaks it. */
export class Readers implements Target {
  readonly #originals: readonly Original[];
  readonly #hostile: readonly Hostile[];
  #child: ChildProcess | undefined;

  constructor(sound: readonly Original[], hostile: readonly Hostile[]) {
    this.#originals = sound;
    this.#hostile = hostile;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    if (random.integer(HOSTILE) === 0) {
      const one = this.#hostile[random.integer(this.#hostile.length)];
      // Of every size, not mostly of large ones.
      return this.flood(one, Math.max(1, Math.floor(one.most ** random.uniform())), folder);
    }
    const original = this.#originals[random.integer(this.#originals.length)];
    const { bytes, how } = await original.change(original.files[original.file], random);
    return this.#give({ ...original, bytes, attack: `${original.name}: ${how}` }, folder);
  }

  /** One attack with a hostile file. */
  async flood({ make, files = {}, name, ...hostile }: Hostile, n: number, folder: string): Promise<Verdict> {
    return this.#give({ ...hostile, files, bytes: await make(n), attack: `${name}, n = ${n}` }, folder);
  }

  async #give({ reader, files, file, opened = file, bytes, attack }: Given, folder: string): Promise<Verdict> {
    for (const [path, content] of Object.entries({ ...files, [file]: bytes })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const given: Written = { reader, path: join(folder, opened), bytes: bytes.length, changed: file };
    const verdict = { attack, ...(await this.#judge(given, folder, 'into')) };
    if (verdict.outcome !== 'hung') return verdict;
    // A machine that is busy with other things may do this to any file once. A slow file is slow again.
    await this.close();
    return { attack, ...(await this.#judge(given, folder, 'again')) };
  }

  async #judge(given: Written, folder: string, name: string): Promise<Omit<Verdict, 'attack'>> {
    const into = join(folder, name);
    mkdirSync(into);
    const before = listing(folder);
    const result = await this.#read({ reader: given.reader, path: given.path, into });
    const outside = listing(folder).filter((path) => !before.includes(path) && !path.startsWith(name));
    if (outside.length > 0) return { outcome: 'lost', found: `it wrote ${outside.join(', ')}` };
    if (typeof result === 'string') return { outcome: result === 'hung' ? 'hung' : 'misreported', found: result };
    return judged(result, { ...given, into });
  }

  async close(): Promise<void> {
    this.#child?.removeAllListeners().kill('SIGKILL');
    this.#child = undefined;
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
        if (this.#child === child) this.#child = undefined;
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
  { bytes, reader, into, changed }: Written & { readonly into: string },
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
