import { join } from 'node:path';
import { subtractedMean } from '../../data/mean-image.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { selectedImages } from '../../study/plan/selected-images.ts';
import { unitState, type LayerTops, type UnitState } from '../../units/layer-tops.ts';
import { askedLabels, chanceSelectivity, selectivityOf } from '../../units/selectivity.ts';
import { topImages, imagesInReach, spreadOverClasses } from '../../units/top-images.ts';
import { labelOf, placeInStudy, storedRun, type StoredRun } from '../stored/run.ts';
import { readHome } from '../opened-home.ts';
import { presentImages } from '../stored/study.ts';
import { KEPT } from './exciting.ts';
import { classesOf, halfOf, halvesOf, type Halves } from './describe.ts';
import { readWeights } from './weights.ts';

export interface LookRequest {
  readonly home: string;
  /** Key of a training. */
  readonly run: string;
  /** Id of the study whose halves are used; absent: the newest study that has the training. */
  readonly study?: string;
}

/** One unit of a layer that has been looked at. */
export interface LookedUnit {
  readonly state: UnitState;
  /** Name and share of the most common class among the images that excite the unit most (selectivity.ts). */
  readonly class: string;
  readonly share: number;
  /** Share of those images that are of A's classes; undefined without a study. */
  readonly ofA?: number;
}

export interface LookedLayer {
  readonly tops: LayerTops;
  readonly units: readonly LookedUnit[];
  /** Means over the units that answer; NaN where none does. */
  readonly share: number;
  readonly ofA?: number;
}

/** What excites the units of a training's layers. */
export interface LookedAt {
  readonly step: number;
  /** Id of the image set. */
  readonly set: string;
  /** Number of images that were searched. */
  readonly among: number;
  /** The same shares of images that are drawn at random from these. */
  readonly chance: { readonly share: number; readonly ofA?: number };
  /** From layer 1 upwards, as far as there are weights. */
  readonly layers: readonly LookedLayer[];
}

export interface LookProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Searches images of both halves for those that excite the units of every layer most, also while another process is
 * working in the home. Throws a UserError where there are no weights or no images, and Cancelled.
 */
export async function lookAtLayers(
  { home: folder, run: key, study }: LookRequest,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: LookProgress) => void },
): Promise<LookedAt> {
  return readHome(folder, async (home) => {
    const run = storedRun(home, key);
    const place = placeInStudy(home.store, key, study);
    const { step, highest, weights } = await readWeights(home, run, labelOf(key, place));
    const packed = join(folder, 'data', presentImages(home, run.identity.data).folder);
    const { network } = run;
    const looked = await lookIn(packed, run, halvesOf(home, place), (images, mean, set) =>
      topImages({
        ...{ set, images, mean, network, weights, signal },
        layers: Array.from({ length: highest }, (_, i) => i + 1),
        most: KEPT,
        threads: 1,
        onProgress: (done) => onProgress({ done, total: images.length }),
      }),
    );
    return { step, ...looked };
  });
}

type FindTops = (
  images: Int32Array,
  mean: Float32Array,
  set: ReturnType<typeof openImageSet>,
) => Promise<readonly LayerTops[]>;

async function lookIn(
  packed: string,
  run: StoredRun,
  halves: Halves | undefined,
  findTops: FindTops,
): Promise<Omit<LookedAt, 'step'>> {
  const { identity, network } = run;
  const set = imagesFor(openImageSet(packed), network.spec);
  try {
    const names = set.index.classes;
    const labels = classesOf(halves, run).map((name) => names.indexOf(name));
    const images = spreadOverClasses(set, labels, imagesInReach(network));
    const mean = await subtractedMean(set, selectedImages(set, identity).train, network.spec);
    const tops = await findTops(images, mean, set);
    const isOfA = (label: number) => Number(halfOf(halves, names[label]) === 'A');
    const ofA = (asked: readonly number[]) => (halves ? meanOf(asked.map(isOfA)) : undefined);
    return {
      set: set.index.id,
      among: images.length,
      chance: {
        share: chanceSelectivity(images, set.labels),
        ofA: ofA(Array.from(images, (image) => set.labels[image])),
      },
      layers: tops.map((layer): LookedLayer => {
        const units = Array.from({ length: layer.units }, (_, unit): LookedUnit => {
          const state = unitState(network, layer, unit);
          if (state === 'broken') return { state, class: '', share: NaN };
          const asked = askedLabels(layer, unit, set.labels);
          const { label, share } = selectivityOf(asked);
          return { state, class: names[label], share, ofA: ofA(asked) };
        });
        const answering = units.filter(({ state }) => state === 'answers');
        return {
          ...{ tops: layer, units, share: meanOf(answering.map(({ share }) => share)) },
          ofA: halves && meanOf(answering.map((unit) => unit.ofA!)),
        };
      }),
    };
  } finally {
    set.close();
  }
}

/** NaN for an empty list. */
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
