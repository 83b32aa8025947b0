import { initialWeights, type Tensor } from '../../src-main/network/weights.ts';
import type { Network } from '../../src-main/network/network.ts';
import { RandomStream } from '../../src-main/random.ts';
import type { ReportedFilters } from '../../src-main/study/analysis/study-report.ts';
import { blob, drawn, grey, pure, stripes, type Drawing } from '../filters/drawn.ts';

/** First-layer filters of baseA and baseB that were untrained at step 0 and are stripes, colours and noise at the end. */
export function madeUpFilters(network: Network, steps: number): ReportedFilters[] {
  return (['baseA', 'baseB'] as const).map((name) => {
    const initial = initialWeights(network, name).get('conv1.weight')!;
    const learned = learnedFilters(initial, name);
    const grown = (share: number): Tensor => ({
      shape: initial.shape,
      data: initial.data.map((value, place) => (1 - share) * value + share * learned.data[place]),
    });
    const run = Buffer.from(`${name}/0`).toString('hex').padEnd(64, '0');
    return { name, replicate: 0, run, step: steps, weight: grown(0.97), history: [{ step: 0, weight: initial }] };
  });
}

/** A fifth of them stays what it was. */
function learnedFilters({ shape, data }: Tensor, name: string): Tensor {
  const random = new RandomStream(5, 'made-up filters', name);
  const size = data.length / shape[0];
  const learned = data.slice();
  for (let filter = 0; filter < shape[0]; filter++) {
    if (filter % 5 === 4) continue;
    const { data: one } = drawn(shape[2], filter % 5 === 3 ? spot(random) : bar(random));
    learned.set(one, filter * size);
  }
  return { shape, data: learned };
}

function bar(random: RandomStream): Drawing {
  const [degrees, frequency, phase] = [180 * random.uniform(), 0.18 + 0.17 * random.uniform(), 6 * random.uniform()];
  return grey((x, y) => 0.3 * blob(1.5)(x, y) * stripes(degrees, frequency, phase)(x, y));
}

function spot(random: RandomStream): Drawing {
  const colour = pure(360 * random.uniform());
  return (x, y) => colour.map((value) => 0.3 * value * blob(1.2)(x, y));
}
