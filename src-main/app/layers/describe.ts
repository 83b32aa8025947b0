import { learningIn } from '../../common/treatments/schema.ts';
import type { DescribedLayer } from '../../api/contract/layers.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import type { StoredRun } from '../first-layer.ts';
import type { Home } from '../opened-home.ts';
import { placeOf } from '../place.ts';

/** The weight layers of a training, from the first. */
export function describeLayers({ store }: Home, { network, identity }: StoredRun, study?: string): DescribedLayer[] {
  const { lower, n: taken, frozen, source, pretrained } = identity;
  const { adapterRank } = learningIn(identity);
  const base = source === null ? undefined : (placeOf(store, source, study)?.run.name ?? source.slice(0, 8));
  const from = pretrained === undefined ? base : 'a pretrained network';
  const originOf = (n: number, type: 'conv' | 'dense'): DescribedLayer['origin'] => {
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
