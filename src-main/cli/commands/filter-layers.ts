import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Application } from '../../app/application.ts';
import { findFilterLayer, firstLayerFilters, layerFilters, storedRun } from '../../app/stored/run.ts';
import type { LatestFilters } from '../../app/workspace/live-study.ts';
import { percent } from '../../common/numbers.ts';
import { filterLayers, type FilterLayer } from '../../network/filter-layers.ts';
import { filtersOverTime } from '../../study/results/filters-over-time.ts';
import { findRun } from '../terminal/parse.ts';
import { print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

/** The filters of a training, or of a network in a file. */
export interface OpenedFilters {
  /** Of the training, or the hash of the file. */
  readonly key: string;
  readonly layers: readonly FilterLayer[];
  /** @param layer absent: the first */
  latest(layer?: string): Promise<LatestFilters>;
  history(layer?: string): readonly LatestFilters[];
}

/** Opens what a person names: a file if there is one of this path, else a training. Throws a UserError if it is neither. */
export async function openFilters(application: Application, reference: string): Promise<OpenedFilters> {
  if (existsSync(reference)) {
    const { filtersOfFile } = await import('../../app/layers/file-filters.ts');
    const { key, layers } = await filtersOfFile(resolve(reference));
    const latest = async (layer = layers[0].layer) => ({ step: 0, weight: findFilterLayer(layers, layer).weight });
    return { key, layers, latest, history: () => [] };
  }
  const { key } = findRun(application, reference).record;
  const run = storedRun(application, key);
  const isFirst = (layer?: string) => layer === undefined || layer === run.network.parameters[0].layer;
  return {
    key,
    layers: filterLayers(run.network),
    latest: (layer) =>
      isFirst(layer)
        ? firstLayerFilters(application, run, 'latest', undefined)
        : layerFilters(application, run, layer!),
    history: (layer) => (isFirst(layer) ? filtersOverTime(application.store, key) : []),
  };
}

/** Prints a line for each layer with filters, from below: what its filters are, without fitting functions to them. */
export async function printDepth(
  surroundings: Surroundings,
  { layers, latest }: OpenedFilters,
  json: boolean | undefined,
): Promise<void> {
  const { orthogonality, sparsity } = await import('../../network/layer-quality.ts');
  const { masterMatches } = await import('../../filters/master-filters.ts');
  const rows: string[][] = [];
  for (const { layer, depthwise, shape } of layers) {
    const { weight } = await latest(layer);
    const [filters, , height, width] = shape;
    const master = depthwise ? masterMatches(weight) : undefined;
    const quality = { sparsity: sparsity(weight), orthogonality: orthogonality(weight) };
    if (json) printJson(surroundings, { type: 'filter-layer', layer, depthwise, shape, ...quality, master });
    const nulls = master?.nulls.map(({ share }) => percent(share, 0)) ?? ['', '', ''];
    rows.push([
      ...[layer, depthwise ? 'depthwise' : 'stem', String(filters), `${height}x${width}`],
      ...[master ? percent(master.share, 0) : '', ...nulls, master ? percent(master.mean, 0) : ''],
      ...[percent(quality.sparsity, 0), quality.orthogonality.toFixed(2)],
    ]);
  }
  if (json) return;
  const head = ['layer', 'kind', 'filters', 'kernel', 'master', 'white', 'smooth', 'shuffled', 'explained'];
  print(surroundings, table([...head, 'sparsity', 'orthogonality'], rows, [0, 1]));
  print(
    surroundings,
    '\nMaster: the share of filters of which one of the eight master filters (Babaiee et al. 2025) explains 70% or more; beside it, of\nwhite noise, noise as smooth as these, and these with phases shuffled. Sparsity and orthogonality: Gavrikov and Keuper 2022.',
  );
}
