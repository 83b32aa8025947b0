import { offeredLayers } from '../../../src-main/common/cuts.ts';
import type { NetworkDescription } from '../../../src-main/common/contract/networks.ts';
import type { StudyRequest, PresetDescription } from '../../../src-main/common/contract/studies.ts';
import { IN_PRACTICE, sortedKinds, type TreatmentKind } from '../../../src-main/common/treatments/treatments.ts';

/** What a study is made of: what was chosen, else what the preset says. */
export interface Settings {
  readonly layers: readonly number[];
  readonly treatments: readonly TreatmentKind[];
}

type Cuttable = Pick<NetworkDescription, 'depth' | 'cuts'>;
type Chosen = Pick<StudyRequest, 'layers' | 'treatments' | 'pretrained' | 'sourceSet'>;

export const settingsOf = (chosen: Chosen, preset: PresetDescription, { depth, cuts }: Cuttable): Settings => ({
  layers: chosen.layers ?? offeredLayers(preset.layers, cuts, mostLayers(depth, chosen.pretrained)),
  treatments: chosen.treatments ?? (chosen.pretrained?.head || chosen.sourceSet ? IN_PRACTICE : preset.treatments),
});

/** The largest n: below the last layer, and no more than a pretrained network has. */
export const mostLayers = (depth: number, pretrained: StudyRequest['pretrained']): number =>
  Math.min(depth - 1, pretrained?.layers ?? Infinity);

/** The layers in order, with this one added or removed. */
export const withLayer = (layers: readonly number[], n: number): number[] =>
  (layers.includes(n) ? layers.filter((one) => one !== n) : [...layers, n]).sort((a, b) => a - b);

export const withTreatment = (treatments: readonly TreatmentKind[], kind: TreatmentKind): TreatmentKind[] =>
  sortedKinds(treatments.includes(kind) ? treatments.filter((one) => one !== kind) : [...treatments, kind]);

export const allLayers = (most: number): number[] => Array.from({ length: most }, (_, below) => below + 1);

/** What a study can't do without, where it is missing. */
export function missing({ layers, treatments }: Settings): 'layers' | 'treatments' | undefined {
  if (layers.length === 0) return 'layers';
  return treatments.length === 0 ? 'treatments' : undefined;
}

export interface Misfit {
  /** Rows and columns: of the network's input, of the images, and what to store images at. */
  readonly reads: number;
  readonly has: number;
  readonly store: number;
  /** The largest built-in network that would fit. */
  readonly other: string | undefined;
}

/** What is wrong where images of so many rows and columns are smaller than the network's input. */
export function misfitOf(
  network: Pick<NetworkDescription, 'inputSize' | 'storedSize'>,
  size: number | undefined,
  builtIn: readonly Pick<NetworkDescription, 'name' | 'inputSize' | 'parameters'>[],
): Misfit | undefined {
  if (size === undefined || network.inputSize <= size) return undefined;
  const fitting = builtIn.filter(({ inputSize }) => inputSize <= size);
  const other = fitting.toSorted((a, b) => b.inputSize - a.inputSize || b.parameters - a.parameters)[0];
  return { reads: network.inputSize, has: size, store: network.storedSize, other: other?.name };
}

/** Rows and columns that a network could read of images that are smaller than its own: others are made up by resampling. */
export const offeredSizes = (stored: number, inputSize: number): number[] =>
  [96, 128, 160].filter((size) => size >= stored && size < inputSize).slice(0, 2);
