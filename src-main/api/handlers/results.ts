import { findStoredStudy, type StoredStudy } from '../../app/stored/study.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import type { Workspace } from '../../app/workspace/workspace.ts';
import type { TableFormat } from '../../common/choices.ts';
import type { PredictionProgress } from '../../common/contract/predictions.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { analyse } from '../../study/analysis/analysis.ts';
import { collectResults } from '../../study/analysis/collect-report.ts';
import { dataTables } from '../../study/data-tables/all.ts';
import { LAYER_LOOKS } from '../../study/data-tables/features.ts';
import { csvOf, parquetOf } from '../../study/data-tables/formats.ts';
import { predictionView } from '../../study/prediction/prediction-view.ts';
import { api, blobOf } from '../implement.ts';

/** One of a study's tables for other programs, as a file. Throws a UserError if there is none of that name, and Cancelled. */
export async function tableFile(
  { home, application: { store } }: Workspace,
  { study, protocol, index }: StoredStudy,
  { name, format }: { readonly name: string; readonly format: TableFormat },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (name === LAYER_LOOKS.name) return runTask({ type: 'look-table', home, study: study.id, format }, { signal });
  const report = await collectResults(store, study, protocol, index);
  const table = dataTables(report, analyse(report)).find((one) => one.name === name);
  if (!table) throw new UserError(`This study has no table "${name}": it may no longer have any rows.`);
  return format === 'csv' ? new TextEncoder().encode(csvOf(table)) : parquetOf(table);
}

/** Finds a study by its whole id. Throws a UserError if it is gone. */
export function storedStudy(workspace: Workspace, id: string): StoredStudy {
  const found = findStoredStudy(workspace.application, id);
  if (found.study.id === id) return found;
  throw new UserError(`There is no study ${id} in ${workspace.home}: it may have been deleted.`);
}

export const predictionHandlers = {
  predictors: api.studies.predictors.handler(({ context: { workspace }, input }) => {
    const { study } = storedStudy(workspace, input.study);
    const { agreements: _agreements, points: _points, ...view } = predictionView(workspace.application.store, study.id);
    return view;
  }),
  lookTransfer: api.studies.lookTransfer.handler(({ context: { workspace }, input, signal }) => {
    const { study } = storedStudy(workspace, input.study);
    return runTask({ type: 'look-transfer', home: workspace.home, study: study.id }, { signal });
  }),
  predict: api.studies.predict.handler(async function* ({ context: { workspace }, input, signal }) {
    const { study } = storedStudy(workspace, input.study);
    yield* latest<PredictionProgress>((onProgress) => workspace.predictStudy(study.id, { signal, onProgress }), signal);
  }),
};

/**
 * Runs work as a stream of the values that it reports; of several that were not read yet, only the last. The stream
 * ends with the work. Aborting the signal ends it without an error.
 */
export async function* latest<T>(
  work: (onValue: (value: T) => void) => Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const unread: T[] = [];
  let ended = false;
  let wake = () => {};
  const done = work((value) => {
    unread.splice(0, 1, value);
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  // A failure is thrown to the reader below. If nobody reads any more, it must not count as unhandled.
  done.catch(() => {});
  while (!ended) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (ended || unread.length > 0) resolve();
    });
    for (const value of unread.splice(0)) yield value;
  }
  // The last one may have come while the reader was busy with the one before.
  yield* unread;
  await done.catch((error: unknown) => {
    if (!(error instanceof Cancelled && signal?.aborted)) throw error;
  });
}

export const figureHandlers = {
  png: api.figures.png.handler(async ({ input, signal }) => {
    return { content: blobOf(await runTask({ type: 'figure', svg: input.svg }, { signal })) };
  }),
};
