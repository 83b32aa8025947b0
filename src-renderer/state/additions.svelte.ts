import { sentenceOf, SentenceError, throwSentence } from '../api.ts';
import { additionText } from '../text/additions.ts';
import { PACKED_FOLDER } from '../../src-main/common/choices.ts';
import { chosenFiles, droppedFiles, type Dropped } from '../upload/dropped.ts';
import { tarOf } from '../upload/tar.ts';
import { upload } from '../upload/upload.ts';
import { access } from './access.svelte.ts';
import { goTo } from './route.svelte.ts';
import { session } from './session.svelte.ts';

/** How images are to be stored. */
export interface Wanted {
  /** Rows and columns. */
  readonly size: number;
  /** Empty: the name of the folder or archive. */
  readonly name: string;
}

/** Used where nobody was asked: the size that the networks for a processor read. */
export const USUAL: Wanted = { size: 32, name: '' };

/**
 * The browser finds the files that were dropped and sends them; main looks through images, and a person answers what it asks; main
 * restores a study's file.
 */
export type Stage = 'finding' | 'sending' | 'looking' | 'asking' | 'restoring';

/** What a person dropped or chose, until main has begun to import it. */
export class Addition {
  readonly id: number;
  readonly stop = new AbortController();
  name = $state('');
  stage = $state<Stage>('finding');
  /** Files that were found so far. */
  found = $state(0);
  /** Bytes sent so far, and of how many. */
  sent = $state.raw<{ bytes: number; total: number; secondsLeft: number | undefined }>();
  problem = $state<string>();

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }
}

type ReadImport = Awaited<ReturnType<typeof session.api.images.readImport>>;

/** An import that was read and is to be looked at. */
export interface Asking {
  readonly name: string;
  readonly path: string;
  readonly read: ReadImport;
  /** Ends the question. Without answers nothing is imported. */
  readonly answer: (answers: Record<string, string> | undefined) => void;
}

/** Whether a set has anything to look at: a question, a guess, or a folder that is left out. What can't be imported at all the import says. */
const needsLook = ({ problem, notes, choices, leftOut }: ReadImport['reading']): boolean => {
  if (problem !== null) return choices.some(({ chosen }) => chosen === null);
  return notes.length > 0 || leftOut.some(({ path }) => path.endsWith('/')) || choices.some(({ id }) => id !== 'fit');
};

/** What a study's file is called (src-main/app/study-file/format.ts). */
const STUDY_FILE = /\.transplant$/i;

/** More at once is taken for a mistake: the files of a folder instead of the folder. */
const MOST_AT_ONCE = 8;

/** Images and study files on their way to main. One for the whole page: sending goes on while other screens are shown. */
class Additions {
  list = $state<Addition[]>([]);
  /** An import that a person is to look at first: one at a time. */
  asking = $state.raw<Asking>();
  #turn: Promise<unknown> = Promise.resolve();
  #next = 1;

  /** Adds what was dropped. Call it in the event itself: the browser shows what was dropped only then. */
  drop(transfer: DataTransfer, wanted: Wanted): void {
    const { transplant } = window;
    if (transplant)
      return this.#paths(
        [...transfer.files].map((file) => transplant.pathOf(file)),
        wanted,
      );
    this.#send(transfer.files[0]?.name ?? '', wanted, (options) => droppedFiles(transfer, options));
  }

  /** Adds what was chosen with `<input type="file">`, for a folder all its files. */
  choose(files: readonly File[], wanted: Wanted): void {
    const [first] = files;
    if (!first) return;
    this.#send(first.webkitRelativePath.split('/')[0] || first.name, wanted, () => chosenFiles(files));
  }

  /** Adds a folder or archive by its path on the machine where Transplant runs. */
  path(path: string, wanted: Wanted): void {
    void this.#during(path, (addition) => this.#take(addition, path, wanted, undefined));
  }

  /** Asks for it in a dialog of the system. */
  async chooseInDialog(what: 'folder' | 'archive', wanted: Wanted): Promise<void> {
    const path = await session.api.home.choose({ what });
    if (path !== null) this.path(path, wanted);
  }

  /** Stops one, and takes it off the list. */
  remove(addition: Addition): void {
    addition.stop.abort();
    this.list = this.list.filter(({ id }) => id !== addition.id);
  }

  #paths(paths: readonly string[], wanted: Wanted): void {
    if (paths.length === 0 || paths.includes('')) {
      // Dragged out of a mail or an archive's window: there is no file yet.
      void this.#during('', async () => {
        await this.chooseInDialog('folder', wanted);
        throw new SentenceError(additionText.noPath);
      });
    } else if (paths.length > MOST_AT_ONCE) {
      void this.#during('', () => Promise.reject(new SentenceError(additionText.tooManyAtOnce(paths.length))));
    } else for (const path of paths) this.path(path, wanted);
  }

  #send(
    name: string,
    wanted: Wanted,
    look: (options: { signal: AbortSignal; onFound: (files: number) => void }) => Promise<Dropped>,
  ): void {
    void this.#during(name, async (addition) => {
      const { signal } = addition.stop;
      const found = look({ signal, onFound: (files) => (addition.found = files) });
      const dropped = await found.catch(throwSentence);
      addition.name = dropped.name;
      const [file, archive] =
        'archive' in dropped ? [dropped.name, dropped.archive] : [dropped.name + PACKED_FOLDER, tarOf(dropped.files)];
      const begun = performance.now();
      const onProgress = (bytes: number, total: number) => {
        const seconds = (performance.now() - begun) / 1000;
        const secondsLeft = seconds > 1 && bytes > 0 ? (seconds * (total - bytes)) / bytes : undefined;
        addition.sent = { bytes, total, secondsLeft };
      };
      await session.opened(signal);
      addition.stage = 'sending';
      onProgress(0, archive.size);
      const { path } = await upload(file, archive, { signal, onProgress, authorization: access.authorization }).catch(
        throwSentence,
      );
      signal.throwIfAborted();
      await this.#take(addition, path, wanted, withoutEnding(dropped.name));
    });
  }

  /** Imports images; opens a study's file and shows the study. What a person brings before main can be asked waits until then. */
  async #take(addition: Addition, path: string, { size, name }: Wanted, otherwise: string | undefined): Promise<void> {
    const { signal } = addition.stop;
    const api = await session.opened(signal);
    if (STUDY_FILE.test(path)) {
      addition.stage = 'restoring';
      const { study } = await api.studies.unpack({ file: path }, { signal });
      return goTo('results', study);
    }
    addition.stage = 'looking';
    // What can't be read at all, the import says.
    const read = await api.images.readImport({ path, answers: {} }, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    let answers: Record<string, string> = {};
    if (read !== undefined && needsLook(read.reading)) {
      addition.stage = 'asking';
      const said = await this.#ask({ name: addition.name, path, read });
      if (said === undefined) return void (await api.images.discardUpload({ path }));
      answers = said;
    }
    await api.images.import({ path, size, name: name.trim() || otherwise, answers });
  }

  /** Shows what an import would do. Resolves to what was chosen; undefined: nothing is to be imported. */
  #ask(what: Omit<Asking, 'answer'>): Promise<Record<string, string> | undefined> {
    const asked = this.#turn.then(
      () =>
        new Promise<Record<string, string> | undefined>((resolve) => {
          this.asking = {
            ...what,
            answer: (answers) => {
              this.asking = undefined;
              resolve(answers);
            },
          };
        }),
    );
    this.#turn = asked;
    return asked;
  }

  /** Keeps the addition on the list during the work and, where it failed, until it is removed. */
  async #during(name: string, work: (addition: Addition) => Promise<void>): Promise<void> {
    const addition = new Addition(this.#next++, name);
    this.list = [...this.list, addition];
    try {
      await work(addition);
      this.remove(addition);
    } catch (error) {
      if (!addition.stop.signal.aborted) addition.problem = sentenceOf(error);
    }
  }
}

/** A set is named after its archive, without the ending. */
const withoutEnding = (name: string): string => name.replace(/\.(zip|tgz|tar|tar\.gz)$/i, '');

export const additions = new Additions();
