import Database from 'better-sqlite3';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFiles } from '../../src-main/app/doctor/files.ts';
import { openApplication } from '../../src-main/app/open.ts';
import { readHome, storeFile } from '../../src-main/app/opened-home.ts';
import type { Application } from '../../src-main/app/application.ts';
import type { Store } from '../../src-main/store/records.ts';
import { migrate, MIGRATIONS } from '../../src-main/store/migrate.ts';
import { imagesOf, writeFolder } from '../../test/data/import-fixtures.ts';
import { networkOf, makeTinyHome, requestOf } from './tiny.ts';
import { ENTRIES, ledger, ledgerContent, storedEntries } from './ledger.ts';

/** Something that a main process does and an attack interrupts. */
export interface Workload {
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Changes to the disk that it makes in all, roughly: attacks come at one of them. */
  readonly changes: number;
  /** Whether all its changes are logged whole and in one order, so that any beginning of them can be made again. */
  readonly recorded: boolean;
  /** Makes the home before, and returns the words of workload-child.ts. */
  prepare(home: string): string[];
  /**
   * What is wrong after it was interrupted, in a home that was opened again; `promised` are the lines that it printed.
   * Undefined: nothing. It goes on then, in this process, and must come to the end that it always comes to.
   */
  examine(application: Application, promised: readonly string[]): Promise<string | undefined>;
}

const WORK = { signal: new AbortController().signal, workers: 2, onImport: () => {}, onEvent: () => {} };

/** Homes that are made once, and what is true of them. */
export interface Models {
  /** With images, and nothing trained. */
  readonly empty: string;
  readonly set: string;
  /** With a whole study. */
  readonly trained: string;
  readonly content: string;
  /** A store of the version before, with the same content. */
  readonly older: string;
  /** The whole study in a file. */
  readonly packed: string;
  readonly images: string;
  readonly imported: string;
  readonly ledger: string;
}

export async function makeModels(folder: string): Promise<Models> {
  const path = (name: string) => join(folder, name);
  const set = await makeTinyHome(path('empty'));
  cpSync(path('empty'), path('trained'), { recursive: true });
  const application = openApplication({ home: path('trained') });
  await application.runStudy(requestOf(set, networkOf()), WORK);
  await application.packStudy('tiny', path('tiny.transplant'), 'all');
  const content = studyContent(application.store);
  application.close();
  mkdirSync(path('older'));
  makeOlder(storeFile(path('older')));
  const images = await writeFolder(path('images'), await imagesOf(['ant', 'bee'], 4));
  const importer = openApplication({ home: path('importer') });
  const { record } = await importer.importImages({ path: images, size: 8, name: 'imported' }, WORK);
  importer.close();
  const book = openApplication({ home: path('book') });
  await ledger(book, ENTRIES, () => {});
  const all = ledgerContent(book.store);
  book.close();
  return {
    ...{ empty: path('empty'), set, trained: path('trained'), content, older: path('older') },
    ...{ packed: path('tiny.transplant'), images, imported: record.id, ledger: all },
  };
}

/** The last version whose rows the migrations to today's all write. */
const OLDER = 5;
const SETTINGS = 300;
const settingOf = (key: number): string => JSON.stringify('x'.repeat(key));

function makeOlder(file: string): void {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  migrate(database, file, MIGRATIONS.slice(0, OLDER));
  const insert = database.prepare(
    'INSERT INTO settings (key, value, checksum) VALUES (:key, :value, crc32(:key, :value))',
  );
  for (let key = 0; key < SETTINGS; key++) insert.run({ key: `key-${key}`, value: settingOf(key) });
  database.close();
}

const NOTHING = 'no study';

/** What a study says when it is finished, to be compared. */
function studyContent(store: Store): string {
  const study = store.findStudy('tiny');
  if (!study) return NOTHING;
  return JSON.stringify([
    study.status,
    store.studyRuns(study.id).map(({ run, name, record }) => {
      const { sha256, step } = store.latestCheckpoint(run) ?? {};
      return [
        run,
        name,
        record.status,
        record.correct,
        record.loss,
        sha256,
        step,
        store.curve(run),
        store.evaluations(run),
        store.answers(run),
      ];
    }),
  ]);
}

/** The workloads, on copies of the models. */
export function workloads(models: Models): Workload[] {
  const copied = (model: string, home: string, words: string[]) => (cpSync(model, home, { recursive: true }), words);
  const made = (home: string, words: string[]) => (mkdirSync(home, { mode: 0o700 }), words);
  const isWhole = ({ store }: Application) =>
    studyContent(store) === models.content ? undefined : 'the finished study is another';
  return [
    {
      ...{ name: 'what trainings report', recorded: true, weight: 60, changes: 420 },
      prepare: (home) => made(home, ['ledger', `${ENTRIES}`]),
      async examine({ home, store }, promised) {
        const stored = storedEntries(store);
        const told = Number(promised.findLast((line) => /^\d+$/.test(line)) ?? 0);
        if (stored < told) return `${told} entries were promised, and ${stored} are stored`;
        await ledger({ home, store }, ENTRIES, () => {});
        return ledgerContent(store) === models.ledger ? undefined : 'what was recorded is another in the end';
      },
    },
    {
      ...{ name: 'a study', recorded: false, weight: 8, changes: 600 },
      prepare: (home) => copied(models.empty, home, ['study', models.set]),
      async examine(application) {
        if (application.store.findStudy('tiny')) await application.resumeStudy('tiny', WORK);
        else await application.runStudy(requestOf(models.set, networkOf()), WORK);
        return isWhole(application);
      },
    },
    {
      ...{ name: 'checkpoints above 32 MB', recorded: false, weight: 2, changes: 120 },
      prepare: (home) => copied(models.empty, home, ['large', models.set]),
      // What was said of all homes is said: no half checkpoint is stored.
      examine: async () => undefined,
    },
    {
      ...{ name: 'an import', recorded: true, weight: 8, changes: 60 },
      prepare: (home) => made(home, ['import', models.images]),
      async examine(application, promised) {
        const { home, store } = application;
        if (promised.includes('done') && store.imageSets().length !== 1)
          return 'the images were imported, and are not there';
        const { record } = await application.importImages({ path: models.images, size: 8, name: 'imported' }, WORK);
        if (record.id !== models.imported) return 'imported again, the images are others';
        const left = readdirSync(join(home, 'data'));
        return left.length === 1 ? undefined : `data has ${left.join(', ')}`;
      },
    },
    {
      ...{ name: 'a new version of the store', recorded: true, weight: 12, changes: 260 },
      prepare: (home) => copied(models.older, home, ['migrate']),
      async examine({ store }) {
        for (let key = 0; key < SETTINGS; key++)
          if (store.setting(`key-${key}`) !== settingOf(key)) return `setting ${key} is lost`;
        return undefined;
      },
    },
    {
      ...{ name: 'packing', recorded: true, weight: 3, changes: 50 },
      prepare: (home) => copied(models.trained, home, ['pack', `${home}.transplant`]),
      async examine(application, promised) {
        const file = `${application.home}.transplant`;
        if (promised.includes('done') && !existsSync(file)) return 'the packed file is not there';
        if (existsSync(file) && !isWholeZip(file)) return 'the packed file is cut off';
        return isWhole(application);
      },
    },
    {
      ...{ name: 'restoring', recorded: true, weight: 3, changes: 120 },
      prepare: (home) => made(home, ['restore', models.packed]),
      async examine({ store }, promised) {
        const content = studyContent(store);
        if (promised.includes('done') && content === NOTHING) return 'the study was restored, and is not there';
        return content === NOTHING || content === models.content ? undefined : 'a part of the study is there';
      },
    },
    {
      ...{ name: 'a report', recorded: false, weight: 1, changes: 120 },
      prepare: (home) => copied(models.trained, home, ['report', `${home}-report`]),
      examine: async (application) => isWhole(application),
    },
  ];
}

/** Whether a zip archive has its end. */
const isWholeZip = (file: string): boolean =>
  readFileSync(file).subarray(-22).toString('latin1').startsWith('PK\x05\x06');

/** What is wrong with a home after an attack; undefined if nothing is. It throws what opening it throws. */
export async function examineHome(
  workload: Workload,
  home: string,
  promised: readonly string[],
): Promise<string | undefined> {
  // Who only reads is told the truth before anybody has opened the home to mend it.
  const seen = await readHome(home, ({ store }) => store.studies().filter(({ status }) => status === 'running').length);
  if (seen > 0) return 'a study runs without a process';
  const application = openApplication({ home });
  try {
    const bad = (await checkFiles(home)).findings.filter(({ status }) => status === 'problem');
    if (bad.length > 0) return bad.map(({ text }) => text).join(' ');
    return await workload.examine(application, promised);
  } finally {
    application.close();
  }
}
