import { learningIn } from '../../common/treatments/schema.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import type { StoredRun } from '../first-layer.ts';
import type { Home } from '../opened-home.ts';
import { placeOf } from '../place.ts';

/** Where a layer's weights come from: trained in this run from random ones, or taken over and then trained, adapted or kept. */
export type LayerOrigin = 'learned' | 'fine-tuned' | 'adapted' | 'frozen' | 'random';

/** A weight layer of a training. */
export interface DescribedLayer {
  readonly n: number;
  readonly name: string;
  readonly type: 'conv' | 'dense';
  /** Channels of a convolution, units of a dense layer. */
  readonly units: number;
  /** Rows and columns of the image that a unit sees. */
  readonly window: number;
  readonly origin: LayerOrigin;
  /** What it was copied from: `baseA`, or a pretrained network. */
  readonly source?: string;
}

/** The weight layers of a training, from the first. */
export function describeLayers({ store }: Home, { network, identity }: StoredRun, study?: string): DescribedLayer[] {
  const { lower, n: taken, frozen, source, pretrained } = identity;
  const { adapterRank } = learningIn(identity);
  const base = source === null ? undefined : (placeOf(store, source, study)?.run.name ?? source.slice(0, 8));
  const from = pretrained === undefined ? base : 'a pretrained network';
  const originOf = (n: number, type: 'conv' | 'dense'): LayerOrigin => {
    if (n > taken) return 'learned';
    if (lower === 'random') return 'random';
    if (adapterRank !== undefined) return type === 'conv' ? 'adapted' : 'frozen';
    return n <= frozen ? 'frozen' : 'fine-tuned';
  };
  return network.layers.flatMap(({ spec, name, n, output }): DescribedLayer[] => {
    if (spec.type !== 'conv' && spec.type !== 'dense') return [];
    const origin = originOf(n, spec.type);
    const copied = origin !== 'learned' && origin !== 'random';
    return [
      {
        n,
        name,
        type: spec.type,
        units: output[0],
        window: fieldSize(network, n),
        origin,
        ...(copied && { source: from }),
      },
    ];
  });
}
