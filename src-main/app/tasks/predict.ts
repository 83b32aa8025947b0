import { join } from 'node:path';
import { openImageSet } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { UserError } from '../../errors.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import { predictTransfer, type PredictionWatch, type TrainedBase } from '../../study/prediction/predict-transfer.ts';
import type { Prediction } from '../../study/prediction/transfer-prediction.ts';
import { storedRun, type StoredRun } from '../stored/run.ts';
import { readHome, type Home } from '../opened-home.ts';
import { presentImages } from '../stored/study.ts';

export interface PredictOptions {
  readonly home: string;
  /** Keys of the base to transfer from, and of the base that was trained on the target itself. */
  readonly source: string;
  readonly own: string;
  readonly threads: number;
}

/** Computes the cheap predictors of a transfer between two stored bases, also while another process is working there. */
export async function predictStoredTransfer(options: PredictOptions, watch: PredictionWatch): Promise<Prediction> {
  const { threads } = options;
  return readHome(options.home, async (home) => {
    const [from, to] = [storedRun(home, options.source), storedRun(home, options.own)];
    const { folder } = presentImages(home, to.identity.data);
    const [source, own] = [await trained(home, from), await trained(home, to)];
    const set = imagesFor(openImageSet(join(home.home, 'data', folder)), to.network.spec);
    try {
      return await predictTransfer({ source, own, target: to.identity, set, threads }, watch);
    } finally {
      set.close();
    }
  });
}

/** Throws a UserError where its final weights are missing or damaged. */
async function trained({ home, store }: Home, { record, network }: StoredRun): Promise<TrainedBase> {
  const checkpoint = store.latestCheckpoint(record.key);
  if (!checkpoint?.final) throw new UserError(`The training ${record.key.slice(0, 8)} has no final weights yet.`);
  const file = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
  return { network, weights: (await readCheckpoint(file, network)).weights };
}
