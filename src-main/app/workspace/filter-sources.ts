import { UserError } from '../../errors.ts';
import { filterLayers, type FilterLayer } from '../../network/filter-layers.ts';
import { filtersOverTime } from '../../study/results/filters-over-time.ts';
import type { FileFilters } from '../layers/file-filters.ts';
import type { Home } from '../opened-home.ts';
import { findFilterLayer, firstLayerFilters, layerFilters, storedRun } from '../stored/run.ts';
import { runTask } from '../tasks/run-task.ts';
import type { LatestFilters } from './live-study.ts';

/** A layer's filters, wherever they are. */
export interface FilterSource {
  /** Of the training or the file. */
  readonly key: string;
  readonly layer: string;
  /** Their shape but for the number of filters. */
  readonly shape: string;
  at(step: number | 'latest'): Promise<LatestFilters>;
  /** At some steps of a training, ascending; none for layers that have no history. */
  history(): readonly LatestFilters[];
}

/** Files that are remembered. The filters of a network are some megabytes at most. */
const REMEMBERED = 8;

/** Networks whose filters can be looked at: trainings, by their keys, and files that were opened, by their hashes. */
export class FilterSources {
  readonly #files = new Map<string, FileFilters>();

  /** Reads a network's file in a process of its own. Throws a UserError, and Cancelled. */
  async open(file: string, signal?: AbortSignal): Promise<FileFilters> {
    const found = await runTask({ type: 'file-filters', file }, { signal });
    this.#files.delete(found.key);
    this.#files.set(found.key, found);
    for (const old of [...this.#files.keys()].slice(0, -REMEMBERED)) this.#files.delete(old);
    return found;
  }

  /** The layers of a training or an opened file that have filters to look at. Throws a UserError if it is neither. */
  layers(home: Home, key: string): readonly FilterLayer[] {
    return this.#files.get(key)?.layers ?? filterLayers(storedRun(home, key).network);
  }

  /** @param layer absent: the first @param live what a running training reported last of its first layer */
  find(home: Home, key: string, layer: string | undefined, live: LatestFilters | undefined): FilterSource {
    const file = this.#files.get(key);
    if (file) {
      const found = layer === undefined ? file.layers[0] : findFilterLayer(file.layers, layer);
      const bank = { step: 0, weight: found.weight };
      return {
        key,
        layer: found.layer,
        shape: found.shape.slice(1).join('x'),
        at: async () => bank,
        history: () => [],
      };
    }
    const run = storedRun(home, key);
    const [first] = run.network.parameters;
    if (layer === undefined || layer === first.layer)
      return {
        ...{ key, layer: first.layer, shape: first.shape.slice(1).join('x') },
        at: (step) => firstLayerFilters(home, run, step, live),
        history: () => filtersOverTime(home.store, key),
      };
    const { shape } = findFilterLayer(filterLayers(run.network), layer);
    return {
      ...{ key, layer, shape: shape.slice(1).join('x') },
      at: (step) => {
        if (step === 'latest') return layerFilters(home, run, layer);
        throw new UserError(`Of layer ${layer} there is no history: choose the latest step.`);
      },
      history: () => [],
    };
  }
}
