import { layerOfUnits, unitShape } from '../../network/receptive-field.ts';
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
  /** Pictures of each unit, from different random starts. */
  readonly seeds: number;
}

export interface VisualisedUnits extends Visualisations {
  readonly step: number;
  /** Whether they are drawn on what is subtracted from images; mid-grey where that is the mean of images that are not here. */
  readonly onMean: boolean;
}

/**
 * Draws the preferred inputs of units of a layer, also while another process is working in the home. It works without
 * the images. Throws a UserError where the layer, a unit or the weights are missing, and Cancelled.
 */
export async function visualiseUnits(
  { home: folder, run: key, n, units, seeds }: VisualiseRequest,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: LookProgress) => void },
): Promise<VisualisedUnits> {
  return readHome(folder, async (home) => {
    const { store } = home;
    const run = storedRun(home, key);
    const { network } = run;
    const label = labelOf(key, placeInStudy(store, key));
    const { step, highest, weights } = await readWeights(home, run, label);
    checkUnits(n >= 1 && n <= highest ? unitShape(layerOfUnits(run.network, n))[0] : undefined, n, units);
    const mean = await inputMean(home, run);
    const total = units.length * seeds;
    const made = await visualise({
      ...{ network, weights, n, units, seeds, mean, signal },
      threads: 1,
      onProgress: (done) => onProgress({ done, total }),
    });
    return { step, onMean: mean !== undefined, ...made };
  });
}
