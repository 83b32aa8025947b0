import type { ImageSet } from '../../data/image-set.ts';
import { fieldSize, receptiveField, layerOfUnits, unitShape, type Window } from '../../network/receptive-field.ts';
import { excitingOf, type LayerTops } from '../../units/layer-tops.ts';
import type { StoredRun } from '../stored/run.ts';

/** Images that are kept for each unit. */
export const KEPT = 24;

/** An image that excites a unit, and where. */
export interface ExcitingImage {
  readonly image: number;
  readonly class: string;
  readonly heldOut: boolean;
  /** Output of the unit's convolution or matrix product there, bias included, before its ReLU. */
  readonly response: number;
  /** The unit's receptive field in pixels of the stored image, cut off at the edges of the network's input. */
  readonly window: Window;
  /** Where that window would begin if it were not cut off, and so as large as every other of its layer. */
  readonly frame: { readonly top: number; readonly left: number };
}

/** The images that excite a unit most, best first. */
export function excitingImages(
  set: ImageSet,
  { network }: StoredRun,
  tops: LayerTops,
  unit: number,
  most: number,
): ExcitingImage[] {
  const { n } = tops;
  const [, , columns] = unitShape(layerOfUnits(network, n));
  const margin = Math.floor((set.index.size - network.spec.inputSize) / 2);
  const side = fieldSize(network, n);
  const begin = (first: number, length: number) => margin + (first === 0 ? Math.min(0, length - side) : first);
  return excitingOf(tops, unit, columns)
    .slice(0, most)
    .filter(({ image }) => image >= 0)
    .map(({ image, row, column, response }) => {
      const seen = receptiveField(network, n, row, column);
      return {
        ...{ image, class: set.index.classes[set.labels[image]], heldOut: set.heldOut[image] === 1, response },
        window: { ...seen, top: seen.top + margin, left: seen.left + margin },
        frame: { top: begin(seen.top, seen.rows), left: begin(seen.left, seen.columns) },
      };
    });
}
