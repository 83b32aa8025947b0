import { BUILT_IN_NETWORKS } from '../../network/built-in.ts';
import type { PresetName } from '../../common/choices.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { TREATMENT_KINDS, type TreatmentKind } from '../../common/treatments/treatments.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';

/** The settings of a study that the user does not choose. */
export interface Preset {
  readonly network: NetworkSpec;
  readonly split: SplitSpec;
  readonly seeds: number;
  readonly layers: readonly number[];
  readonly treatments: readonly TreatmentKind[];
  readonly bothDirections: boolean;
  readonly epochs: number;
  /** Absent: all images. */
  readonly imagesPerClass?: number;
  /** The dead leaves images that are made for it, per class. */
  readonly deadLeaves: { readonly train: number; readonly heldOut: number };
}

const network = (name: string): NetworkSpec => BUILT_IN_NETWORKS.get(name)!;
const all = { treatments: TREATMENT_KINDS, layers: [1, 2, 3, 4, 5, 6, 7], bothDirections: false };

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  /** Runs every part once, to see whether it works here. Its numbers mean nothing. */
  smoke: {
    ...all,
    network: network('alexnet-32-small'),
    split: { kind: 'random', classes: 8 },
    seeds: 1,
    layers: [1, 4, 7],
    epochs: 3,
    imagesPerClass: 40,
    deadLeaves: { train: 100, heldOut: 50 },
  },
  /** One replicate, all treatments, n = 1..7: the shape of the answer. */
  quick: {
    ...all,
    network: network('alexnet-32-small'),
    split: { kind: 'random' },
    seeds: 1,
    epochs: 12,
    deadLeaves: { train: 100, heldOut: 50 },
  },
  /**
   * Nine replicates, each with a split of its own: with these held-out images, each effect as large as the paper’s is found in 80% of studies
   * (`tools/simulate/layouts.ts`). Three replicates find its boost in 9%.
   */
  standard: {
    ...all,
    network: network('alexnet-32'),
    split: { kind: 'random' },
    seeds: 9,
    epochs: 30,
    deadLeaves: { train: 400, heldOut: 200 },
  },
  /** The paper's network and hyper-parameters, four splits, both directions: days on a GPU. */
  paper: {
    ...all,
    network: network('alexnet'),
    split: { kind: 'random' },
    seeds: 4,
    bothDirections: true,
    epochs: network('alexnet').training.epochs,
    deadLeaves: { train: 1000, heldOut: 100 },
  },
};
