import { join } from 'node:path';
import { visualise, type Visualisations } from '../../units/feature-visualisation.ts';
import { labelOf, placeInStudy, storedRun } from '../stored/run.ts';
import { inputMean } from '../network-file/mean.ts';
import { readHome } from '../opened-home.ts';
import type { LookProgress } from './look.ts';
import { checkUnits } from './describe.ts';
import { readWeights } from './weights.ts';

export interface VisualiseRequest {
  readonly home: string;
  /** Key of a training. */
  readonly run: string;
  /** 1-based. */
  readonly n: number;
  /** 0-based. */
  readonly units: readonly number[];
  /** Pictures of each, from different beginnings. */
  readonly seeds: number;
}

export interface VisualisedUnits extends Visualisations {
  readonly step: number;
  /** Whether they stand on the mean of the images that the network was trained on; else on mid-grey: the images are not here. */
  readonly onMean: boolean;
}

/**
 * What units of a layer would like to see, beside the process that may be working in the home. Works without the images.
 * Errors: UserErrors where there is no such layer or unit, or are no weights; Cancelled.
 */
export async function visualiseUnits(
  { home: folder, run: key, n, units, seeds }: VisualiseRequest,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: LookProgress) => void },
): Promise<VisualisedUnits> {
  return readHome(folder, async (home) => {
    const { store } = home;
    const run = storedRun(home, key);
    const { network, identity } = run;
    const label = labelOf(key, placeInStudy(store, key));
    const { step, highest, weights } = await readWeights(home, run, label);
    checkUnits(run.network.layers.find((layer) => layer.n === n && n <= highest)?.output[0], n, units);
    const record = store.findImageSet(identity.data);
    const mean = record?.id === identity.data ? await inputMean(join(folder, 'data', record.folder), run) : undefined;
    const total = units.length * seeds;
    const made = await visualise({
      ...{ network, weights, n, units, seeds, mean, signal },
      threads: 1,
      onProgress: (done) => onProgress({ done, total }),
    });
    return { step, onMean: mean !== undefined, ...made };
  });
}
