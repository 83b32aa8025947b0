import { join } from 'node:path';
import { openImageSet } from '../../data/packed/open.ts';
import { imagesFor } from '../../data/resampled.ts';
import { readParts } from '../../data/pictures.ts';
import { UserError } from '../../errors.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import type { StudyRunRecord } from '../../store/records.ts';
import { evenIndices } from '../../study/results/filters-over-time.ts';
import { examplesOf, readIdentity } from '../../study/plan/run-record.ts';
import type { LayeredNetwork, ReportedLayer, ReportedLayers } from '../../study/analysis/study-report.ts';
import { ASKED } from '../../units/selectivity.ts';
import { storedRun, type StoredRun } from '../stored/run.ts';
import type { Home } from '../opened-home.ts';
import { presentImages } from '../stored/study.ts';
import { describeLayers, numberOrNull } from './describe.ts';
import type { DescribedLayer } from '../../common/contract/layers.ts';
import { excitingImages } from './exciting.ts';
import { lookAtLayers, type LookedLayer } from './look.ts';

/** Units of a layer that are shown, windows of each unit, and the most rows and columns of a window, in pixels. */
const UNITS = 6;
const EACH = 3;
const SIZE = 48;
/** Layers whose units are shown; in deeper networks they are evenly spaced and include the first and the last. */
const LAYERS = 12;

/**
 * Finds what excites the layers of two networks of a study's first replicate: baseA, and the frozen transfer from it whose
 * n is in the middle. Each takes some seconds. A network that can't be looked at adds a sentence to the problems. Throws
 * Cancelled.
 */
export async function layersForReport(home: Home, study: string, signal: AbortSignal): Promise<ReportedLayers> {
  const networks: LayeredNetwork[] = [];
  const problems: string[] = [];
  const chosen = networksToShow(home, study);
  if (chosen.length === 0) problems.push('Neither baseA nor a transfer from it is finished.');
  for (const place of chosen) {
    try {
      networks.push(await layersOf(home, study, place, signal));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!problems.includes(error.message)) problems.push(error.message);
    }
  }
  return { networks, problems };
}

function networksToShow({ store }: Home, study: string): StudyRunRecord[] {
  const finished = store.studyRuns(study).filter(({ replicate, record }) => {
    const onAll = examplesOf(readIdentity(record)) === undefined;
    return replicate === 0 && record.status === 'finished' && onAll;
  });
  const transfers = finished
    .filter(({ kind, target }) => kind === 'transfer' && target === 'B')
    .sort((one, other) => one.n - other.n);
  const middle = transfers[Math.floor((transfers.length - 1) / 2)];
  return [...finished.filter(({ name }) => name === 'baseA'), ...(middle ? [middle] : [])];
}

async function layersOf(
  home: Home,
  study: string,
  place: StudyRunRecord,
  signal: AbortSignal,
): Promise<LayeredNetwork> {
  const run = storedRun(home, place.run);
  const described = describeLayers(home, run, study);
  const looked = await lookAtLayers({ home: home.home, run: place.run, study }, { signal, onProgress: () => {} });
  const { step, among, chance, layers } = looked;
  const folder = join(home.home, 'data', presentImages(home, run.identity.data).folder);
  const set = imagesFor(openImageSet(folder), run.network.spec);
  try {
    const shown = new Set(evenIndices(layers.length, LAYERS));
    return {
      ...{ name: place.name, replicate: place.replicate, step, among, asked: ASKED },
      chance: { share: chance.share, ofA: numberOrNull(chance.ofA) },
      layers: layers.map((layer, index) =>
        layerOf(
          set,
          run,
          layer,
          described.find(({ n }) => n === layer.tops.n)!,
          shown.has(index),
        ),
      ),
    };
  } finally {
    set.close();
  }
}

/** Shows the first units that answer, in the network's order, because choosing the clearest ones would exaggerate. */
function layerOf(
  set: ReturnType<typeof openImageSet>,
  run: StoredRun,
  { tops, units, share, ofA }: LookedLayer,
  { n, name, type, window }: DescribedLayer,
  isShown: boolean,
): ReportedLayer {
  const count = (state: string) => units.filter((unit) => unit.state === state).length;
  const shown = units
    .map((unit, place) => ({ ...unit, unit: place }))
    .filter(({ state }) => isShown && state === 'answers')
    .slice(0, UNITS);
  const side = fieldSize(run.network, n);
  const size = Math.min(side, SIZE);
  const best = shown.map(({ unit }) => excitingImages(set, run, tops, unit, EACH));
  // Each unit is a column, with its best window on top.
  const parts = Array.from({ length: EACH }, (_, place) =>
    best.map((windows) => windows[place] && { image: windows[place].image, ...windows[place].frame }),
  ).flat();
  return {
    ...{ n, name, type, window, units: units.length, silent: count('silent'), constant: count('constant') },
    ...{ share: numberOrNull(share), ofA: numberOrNull(ofA) },
    shown: shown.map(({ unit, class: label, share: ofClass }) => ({ unit, class: label, share: ofClass })),
    ...{ size, pixels: readParts(set, parts, side, size) },
  };
}
