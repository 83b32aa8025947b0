import { isStatistic, type Network } from '../../network/network.ts';
import { treatedNetwork } from '../../network/variants.ts';
import type { Weights } from '../../network/weights.ts';
import type { Engine, TrainingBatch } from '../engine.ts';

/** Images that statistics are estimated on, at least where there are so many: each mean is of thousands of pixels. */
const IMAGES = 1024;

interface Estimation {
  readonly network: Network;
  readonly engine: Engine;
  readonly batchSize: number;
  readonly threads: number;
  /** Training images that there are. */
  readonly images: number;
  readonly batchOf: (step: number) => TrainingBatch;
}

/**
 * The weights with running statistics that fit them: means over the first batches of a training of the statistics of each
 * batch, every batch norm below the last layer reading what those below it make of theirs. Untrained batch norms, of mean 0 and
 * variance 1, would let the values of a deep network grow from block to block to no use. Random networks that others froze had statistics of
 * the images, too (Gavrikov and Keuper 2023, arXiv 2301.11360; the averages are those of Izmailov et al. 2018, section 3.2).
 */
export async function withEstimatedStatistics(
  weights: Weights,
  { network, engine, batchSize, threads, images, batchOf }: Estimation,
): Promise<Weights> {
  const below = treatedNetwork(atOnce(network), network.depth - 1, { norms: 'statistics' });
  const statistics = network.parameters.filter((one) => isStatistic(one) && one.n < network.depth);
  const sums = new Map(statistics.map(({ name, size }) => [name, new Float64Array(size)]));
  const trainer = await engine.compile({ network: below, batchSize, threads, frozen: 0, weights });
  const batches = Math.ceil(Math.min(IMAGES, images) / batchSize);
  try {
    for (let step = 0; step < batches; step++) {
      // At a rate of 0 even the last layer stays as it is.
      await trainer.step(batchOf(step), 0);
      for (const [name, sum] of sums) {
        const { data } = await trainer.parameter(name);
        for (let i = 0; i < sum.length; i++) sum[i] += data[i];
      }
    }
  } finally {
    await trainer.dispose();
  }
  const means = statistics.map(({ name, shape }) => {
    return [name, { shape, data: Float32Array.from(sums.get(name)!, (sum) => sum / batches) }] as const;
  });
  return new Map([...weights, ...means]);
}

/** The network whose running statistics are those of the last batch alone. */
const atOnce = (network: Network): Network => ({
  ...network,
  layers: network.layers.map((layer) =>
    layer.spec.type === 'batch-norm' ? { ...layer, spec: { ...layer.spec, momentum: 1 } } : layer,
  ),
});
