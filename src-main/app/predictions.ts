import { availableParallelism } from 'node:os';
import { messageOf, UserError } from '../errors.ts';
import type { PredictionProgress } from '../study/prediction/predict-transfer.ts';
import { transfersOf } from '../study/prediction/transfers.ts';
import type { Home } from './opened-home.ts';
import { findStoredStudy, presentImages } from './stored/study.ts';
import { runTask } from './tasks/run-task.ts';

export interface PredictWatch {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PredictionProgress) => void;
}

/**
 * Works out the cheap predictors of every transfer of a study that has none yet, each in a process of its own, and stores
 * each at once, so that it stays when the work is stopped. A transfer that can't be measured does not stop the others; a
 * UserError with all such problems is thrown at the end. Throws Cancelled.
 */
export async function predictStudy(
  { home, store }: Home,
  reference: string,
  { signal, onProgress }: PredictWatch = {},
): Promise<void> {
  const { study, protocol } = findStoredStudy({ home, store }, reference);
  const waiting = transfersOf(store, study.id).filter(({ state }) => state.state === 'waiting');
  if (waiting.length === 0) return;
  presentImages({ home, store }, protocol.data.id);
  const problems: UserError[] = [];
  for (const [place, { replicate, source, own }] of waiting.entries()) {
    try {
      const prediction = await runTask(
        { type: 'predict', home, source, own, threads: availableParallelism() },
        {
          signal,
          onProgress: ({ fraction, doing }) =>
            onProgress?.({
              fraction: (place + fraction) / waiting.length,
              doing: waiting.length > 1 ? `replicate ${replicate + 1}: ${doing}` : doing,
            }),
        },
      );
      // The study may have been deleted meanwhile, and its networks with it.
      if (store.findRun(source)?.key === source && store.findRun(own)?.key === own)
        store.setPrediction(source, own, JSON.stringify(prediction));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new UserError(problems.map(messageOf).join(' '), { cause: problems[0] });
}
