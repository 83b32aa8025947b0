import { basename } from 'node:path';
import { DEAD_LEAVES } from '../../data/dead-leaves/generate.ts';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { RecentRate } from '../../study/run/progress.ts';
import type { ImportProgress } from '../../data/image-set.ts';
import type { Application, Imported, ImportRequest } from '../application.ts';
import type { ImportState } from '../../common/contract/activity.ts';
import type { Changes } from './changes.ts';
import type { DeadLeavesRequest } from '../planning/request.ts';
import { isUpload, namingUpload, removeUpload, uploadName } from './uploads.ts';

interface Import {
  state: ImportState;
  readonly stop: AbortController;
  readonly rate: RecentRate;
  /** Resolves when the import has ended, in whatever way. */
  ended: Promise<void>;
}

/** Imports that are running, and the outcomes of those that have ended, until they are dismissed. */
export class Imports {
  readonly #imports = new Map<number, Import>();
  readonly #changes: Changes;
  readonly #onStored: (set: string) => void;
  #next = 1;

  /** @param onStored is told the id of a set that was stored, or described anew */
  constructor(changes: Changes, onStored: (set: string) => void) {
    this.#changes = changes;
    this.#onStored = onStored;
  }

  get states(): ImportState[] {
    return [...this.#imports.values()].map(({ state }) => state);
  }

  get busy(): boolean {
    return this.states.some(({ state }) => state === 'running' || state === 'stopping');
  }

  /** Begins to import a folder or archive and returns the import's number. */
  begin(application: Application, request: ImportRequest): number {
    const { home } = application;
    if (!isUpload(home, request.path)) {
      const name = request.name ?? basename(request.path);
      return this.#begin(name, request.path, application, (work) => application.importImages(request, work));
    }
    const file = uploadName(request.path);
    return this.#begin(request.name ?? file, file, application, async (work) => {
      try {
        return await application.importImages({ ...request, source: `${file}, sent from a browser` }, work);
      } catch (error) {
        throw namingUpload(error, request.path);
      } finally {
        // An upload is kept for its import only.
        await removeUpload(home, request.path);
      }
    });
  }

  /** Begins to make the built-in images. */
  beginDeadLeaves(application: Application, request: DeadLeavesRequest): number {
    return this.#begin(DEAD_LEAVES, null, application, async (work) => {
      return { record: await application.makeDeadLeaves(request, work), duplicates: 0 };
    });
  }

  cancel(id: number): void {
    const found = this.#imports.get(id);
    if (found?.state.state !== 'running') return;
    this.#update(found, { state: 'stopping' });
    found.stop.abort();
  }

  /** Removes an import that has ended from the list. */
  dismiss(id: number): void {
    const state = this.#imports.get(id)?.state.state;
    if (state === 'running' || state === 'stopping') return;
    this.#imports.delete(id);
    this.#changes.touch();
  }

  /** Stops all imports and resolves when they have ended. */
  async stop(): Promise<void> {
    for (const id of this.#imports.keys()) this.cancel(id);
    await Promise.all([...this.#imports.values()].map(({ ended }) => ended));
  }

  #begin(
    name: string,
    path: string | null,
    application: Application,
    work: (watch: {
      signal: AbortSignal;
      onImport: (progress: ImportProgress) => void;
    }) => Promise<Pick<Imported, 'record' | 'duplicates'> & Partial<Pick<Imported, 'findings'>>>,
  ): number {
    const id = this.#next++;
    const begun: Import = {
      state: { ...NOTHING_YET, id, name, path },
      stop: new AbortController(),
      rate: new RecentRate(),
      ended: Promise.resolve(),
    };
    this.#imports.set(id, begun);
    const before = new Set(application.store.imageSets().map((set) => set.id));
    const onImport = (progress: ImportProgress) => this.#progress(begun, progress);
    begun.ended = work({ signal: begun.stop.signal, onImport }).then(
      ({ record, duplicates, findings = [] }) => {
        this.#onStored(record.id);
        const warnings = findings.filter(({ serious, id }) => serious || id === 'flaws').map(({ what }) => what);
        this.#update(begun, { state: 'done', set: record.id, known: before.has(record.id), duplicates, warnings });
      },
      (error: unknown) => this.#fail(begun, error),
    );
    this.#changes.touch();
    return id;
  }

  #progress(
    begun: Import,
    { done, total = null, rejected }: { done: number; total?: number | null; rejected: number },
  ) {
    begun.rate.add(performance.now() / 1000, done);
    const imagesPerSecond = begun.rate.perSecond() ?? null;
    const secondsLeft = total === null ? null : (begun.rate.secondsFor(total - done) ?? null);
    this.#update(begun, { done, total, rejected, imagesPerSecond, secondsLeft });
  }

  #fail(begun: Import, error: unknown): void {
    if (error instanceof Cancelled) return this.#update(begun, { state: 'cancelled' });
    const problem =
      error instanceof UserError
        ? error.message
        : `Importing ${begun.state.name} went wrong (${messageOf(error)}). Nothing was changed; try again.`;
    this.#update(begun, { state: 'failed', problem });
  }

  #update(begun: Import, change: Partial<ImportState>): void {
    begun.state = { ...begun.state, ...change };
    this.#changes.touch();
  }
}

const NOTHING_YET = {
  state: 'running',
  done: 0,
  total: null,
  rejected: 0,
  imagesPerSecond: null,
  secondsLeft: null,
  set: null,
  known: false,
  duplicates: 0,
  warnings: [] as string[],
  problem: null,
} as const;
