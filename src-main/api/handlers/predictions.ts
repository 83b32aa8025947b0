import { Cancelled } from '../../errors.ts';
import { predictionView } from '../../study/prediction/prediction-view.ts';
import type { PredictionProgress } from '../contract/predictions.ts';
import { api } from '../implement.ts';
import { stored } from './stored.ts';

export const predictionHandlers = {
  predictors: api.studies.predictors.handler(({ context: { desk }, input }) => {
    const { study } = stored(desk, input.study);
    const { agreements: _agreements, points: _points, ...view } = predictionView(desk.application.store, study.id);
    return view;
  }),
  predict: api.studies.predict.handler(async function* ({ context: { desk }, input, signal }) {
    const { study } = stored(desk, input.study);
    yield* latest<PredictionProgress>((onProgress) => desk.predictStudy(study.id, { signal, onProgress }), signal);
  }),
};

/** What a work tells while it goes on; of several things that nobody has heard yet, the last. Ends with it. */
async function* latest<T>(
  work: (tell: (value: T) => void) => Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const told: T[] = [];
  let ended = false;
  let wake = () => {};
  const done = work((value) => {
    told.splice(0, 1, value);
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  // Whoever listens hears of a failure below; nobody may listen any more.
  done.catch(() => {});
  while (!ended) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (ended || told.length > 0) resolve();
    });
    for (const value of told.splice(0)) yield value;
  }
  await done.catch((error: unknown) => {
    if (!(error instanceof Cancelled && signal?.aborted)) throw error;
  });
}
