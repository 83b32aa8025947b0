import { join } from 'node:path';
import { openImageSet } from '../../data/packed/open.ts';
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

/** Of a layer, units that are shown, and windows of each; their rows and columns at the most, in pixels. */
const UNITS = 6;
const EACH = 3;
const SIZE = 48;
/** Layers whose units are shown; of deeper networks, at even distances, the first and the last among them. */
const LAYERS = 12;

/**
 * What excites the layers of two networks of a study's first replicate: baseA, and of the frozen transfers from it the one in
 * the middle of the n. A look at each takes some seconds. What can't be looked at is a sentence, and costs nothing else. Throws
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
  const set = openImageSet(join(home.home, 'data', presentImages(home, run.identity.data).folder));
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

/** The first units that answer, in the network's order: not the most telling ones, which would say more than is so. */
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
  // Unit beside unit, the best windows on top.
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
