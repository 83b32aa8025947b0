import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cachedSearch, type OwnedBank } from '../../src-main/filters/fit/fit-cache.ts';
import { searchBank, type BankSearch } from '../../src-main/filters/fit/search.ts';
import { layerLooks, lookedAtKernels } from '../../src-main/filters/layer-looks.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema } from '../../src-main/network/spec.ts';
import { initialWeights, type Tensor } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { analyseFirstLayers, firstLayerBanks } from '../../src-main/study/analysis/first-layer.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** Some seconds on a quiet machine. */
const patience = { timeout: 240_000 };

test('a second report fits nothing that is kept, and says the same; another version fits all again', patience, () => {
  const home = temporaryFolder();
  const random = new RandomStream(2, 'kept');
  // Of a size whose calibration is not known already.
  const bank = () => ({ shape: [2, 3, 6, 6], data: Float32Array.from({ length: 216 }, () => random.gaussian()) });
  const history = [{ step: 0, weight: bank() }];
  const filters = ['baseA', 'baseB'].map((name, place) => {
    return { name, replicate: 0, run: String(place).repeat(64), step: 9, weight: bank(), history };
  });
  const analysed = (version: number) => {
    let fitted = 0;
    const search: BankSearch = (weight) => {
      fitted += 1;
      return searchBank(weight);
    };
    const layers = analyseFirstLayers(filters, (owner) => cachedSearch(home, owner, { search, version }));
    return { fitted, layers };
  };
  const first = analysed(1);
  // Both banks of both bases, and untrained ones for the thresholds, for the shares and of each null.
  expect(first.fitted).toBe(9);
  expect(analysed(1)).toEqual({ fitted: 0, layers: first.layers });
  expect(analysed(2)).toEqual({ fitted: 4, layers: first.layers });
});

/** Digests of banks, in any order. */
const digests = (banks: readonly { readonly owner: string; readonly weight: Tensor }[]) =>
  banks.map(({ owner, weight: { shape, data } }) => hash('sha256', `${owner} ${shape.join()} ${data.join()}`)).sort();

/** Notes which banks are asked for. */
function noted() {
  const asked: OwnedBank[] = [];
  const searchOf = (owner: string) => (weight: Tensor) => {
    asked.push({ owner, weight });
    return searchBank(weight);
  };
  return { asked, searchOf };
}

test('what is fitted ahead is what the report and the look of the layers then ask for', patience, () => {
  const random = new RandomStream(3, 'ahead');
  const bank = () => ({ shape: [2, 3, 3, 3], data: Float32Array.from({ length: 54 }, () => random.gaussian()) });
  const filters = ['baseA', 'baseB'].map((name, place) => {
    return {
      name,
      replicate: 0,
      run: String(place).repeat(64),
      step: 9,
      weight: bank(),
      history: [{ step: 0, weight: bank() }],
    };
  });
  const first = noted();
  analyseFirstLayers(filters, first.searchOf);
  expect(digests(firstLayerBanks(filters))).toEqual(digests(first.asked));

  const conv = (n: number, kernel: number) => ({
    type: 'conv' as const,
    name: `conv${n}`,
    filters: 3,
    kernel,
    pad: (kernel - 1) / 2,
  });
  const layers = [conv(1, 5), conv(2, 3), conv(3, 5), { type: 'dense' as const, name: 'fc4' }];
  const network = resolveNetwork(networkSchema.parse({ ...tinyNetwork, layers }), 3);
  const [a, b] = ['a', 'b'].map((owner) => ({ owner, weights: initialWeights(network, owner) }));
  const looks = noted();
  layerLooks(
    network,
    [a.weights, b.weights],
    [a, b].map(({ owner }) => ({ owner, searchOf: looks.searchOf, replicates: 2 })),
  );
  const kernels = [a, b].flatMap(({ owner, weights }) =>
    lookedAtKernels(network, weights, 2).map((weight) => ({ owner, weight })),
  );
  expect(kernels).toHaveLength(2);
  expect(digests(kernels)).toEqual(digests(looks.asked));
});
