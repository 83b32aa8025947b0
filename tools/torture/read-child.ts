import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unpackStudy } from '../../src-main/app/study-file/unpack.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import { verifyImageSet } from '../../src-main/data/packed/open.ts';
import { parseSplitFile } from '../../src-main/data/split.ts';
import { UserError } from '../../src-main/errors.ts';
import { readNetwork } from '../../src-main/network/read-spec.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { readNetwork as readForeign } from '../../src-main/pretrained/read-network.ts';
import { keepPretrained } from '../../src-main/pretrained/store.ts';
import { tinyNetwork } from '../../test/study/tiny-study.ts';
import type { Reader } from './originals.ts';

/** The process that reads what was damaged, as a task of the program does: it may be ended, and its memory is its own. */

export interface ToRead {
  readonly reader: Reader;
  readonly path: string;
  /** Where the program may write. */
  readonly into: string;
}

export interface HasRead {
  /** `taken`: what came of it was checked; `refused`: by a sentence for people; `bug`: anything else. */
  readonly end: 'taken' | 'refused' | 'bug';
  readonly words: string;
  /** Of processor time, all threads together. */
  readonly seconds: number;
  /** Megabytes by which the process grew while it read. */
  readonly megabytes: number;
}

const network = networkSchema.parse(tinyNetwork);

const READERS: { readonly [Name in Reader]: (path: string, into: string) => Promise<string> } = {
  import: async (path, into) => {
    const { index, folder } = await importImages({ path, size: 16, dataFolder: into });
    await verifyImageSet(folder);
    return [`${index.count} images`, ...index.rejects.map(({ file, reason }) => `${file}: ${reason}`)].join('; ');
  },
  pretrained: async (path, into) => `${(await keepPretrained(path, network, into)).layers} layers`,
  foreign: async (path) => (await readForeign(path)).origin,
  study: async (path, into) => (await unpackStudy({ file: path, folder: into })).study,
  network: async (path) => (await readNetwork(path)).name,
  split: async (path) => {
    const { kind } = parseSplitFile(readFileSync(path, 'utf8'), path);
    return kind;
  },
};

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', ({ reader, path, into }: ToRead) => {
  void read(reader, path, into).then((result) => process.send!(result));
});

async function read(reader: Reader, path: string, into: string): Promise<HasRead> {
  const before = memory('VmRSS');
  forgetPeak();
  const cpu = processorSeconds();
  const [end, words] = await READERS[reader](path, into).then(
    (words) => ['taken', words] as const,
    (error: unknown) =>
      error instanceof UserError
        ? (['refused', error.message] as const)
        : (['bug', error instanceof Error ? error.stack! : String(error)] as const),
  );
  return { end, words, seconds: processorSeconds() - cpu, megabytes: memory('VmHWM') - before };
}

/** This process and those that decode images for it. Only itself where there is no /proc. */
function family(): number[] {
  try {
    const lists = readdirSync('/proc/self/task').map((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8'),
    );
    return [process.pid, ...lists.flatMap((list) => list.split(' ').filter(Boolean)).map(Number)];
  } catch {
    return [process.pid];
  }
}

function sumOf(measure: (pid: number) => number): number {
  return family().reduce((sum, pid) => {
    try {
      return sum + measure(pid);
    } catch {
      return sum;
    }
  }, 0);
}

/** Megabytes of all; 0 where there is no /proc. */
function memory(field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`${field}:\\s*(\\d+)`);
  return sumOf((pid) => Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
}

/** Hundredths of a second, of all threads (proc(5), stat: utime and stime). */
function processorSeconds(): number {
  return sumOf((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  });
}

/** What follows is the peak of this file alone (proc(5), clear_refs). */
function forgetPeak(): void {
  for (const pid of family()) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // The peak is that of all files then, and only the first that goes beyond is found.
    }
  }
}
