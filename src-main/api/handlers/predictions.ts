import { Cancelled } from '../../errors.ts';
import { predictionView } from '../../study/prediction/prediction-view.ts';
import type { PredictionProgress } from '../contract/predictions.ts';
import { api } from '../implement.ts';
import { storedStudy } from './stored.ts';

export const predictionHandlers = {
  predictors: api.studies.predictors.handler(({ context: { desk }, input }) => {
    const { study } = storedStudy(desk, input.study);
    const { agreements: _agreements, points: _points, ...view } = predictionView(desk.application.store, study.id);
    return view;
  }),
  predict: api.studies.predict.handler(async function* ({ context: { desk }, input, signal }) {
    const { study } = storedStudy(desk, input.study);
    yield* latest<PredictionProgress>((onProgress) => desk.predictStudy(study.id, { signal, onProgress }), signal);
  }),
};

/**
 * Runs work as a stream of the values that it reports; of several that were not read yet, only the last. The stream
 * ends with the work. Aborting the signal ends it without an error.
 */
async function* latest<T>(
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
  await done.catch((error: unknown) => {
    if (!(error instanceof Cancelled && signal?.aborted)) throw error;
  });
}
