import { automaticEngine, whyMissing } from '../../engine/available.ts';
import type { StudyRequest } from '../../common/contract/studies.ts';
import { offeredLayers } from '../../common/cuts.ts';
import { ENGINE_NAMES, type EngineChoice, type EngineName } from '../../common/choices.ts';
import { IN_PRACTICE } from '../../common/treatments/treatments.ts';
import { count } from '../../common/numbers.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { SourceSet, SplitSpec } from '../../common/protocol-parts.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { hasBatchNorms } from '../../network/variants.ts';
import { fittingKept } from '../../pretrained/kept.ts';
import { alike, asItsFileSays, withInput } from './network-for.ts';
import { PRESETS, type Preset } from '../../study/plan/presets.ts';
import { protocolSchema, type Protocol } from '../../study/plan/protocol.ts';

/** A study as a person asks for it, with the network file already read. The preset gives whatever is left out. */
export interface RequestedStudy extends Readonly<Omit<StudyRequest, 'network' | 'workers'>> {
  readonly network?: NetworkSpec;
}

/** Built-in images that are asked for. */
export interface DeadLeavesRequest {
  /** Rows and columns of every image. */
  readonly size: number;
  /** Images of each class to train on, and to test on. */
  readonly train: number;
  readonly heldOut: number;
}

/** The built-in images that a study needs: as many as its preset says, or more where it trains on more. */
export function deadLeavesOf(request: RequestedStudy, size: number): DeadLeavesRequest {
  const { train, heldOut } = PRESETS[request.preset].deadLeaves;
  return { size, train: Math.max(train, request.imagesPerClass ?? 0), heldOut };
}

/** The network of a request with the input and the length of training that were asked for. */
export function requestedNetwork(request: RequestedStudy): NetworkSpec {
  const preset = PRESETS[request.preset];
  const spec = withInput(request.network ?? preset.network, request.inputSize);
  // A network from a file brings its own epochs; the preset decides for its own network.
  const epochs = request.epochs ?? (request.network ? spec.training.epochs : preset.epochs);
  return { ...spec, training: { ...spec.training, epochs } };
}

/**
 * The protocol of a request: everything that decides the study's numbers. With a pretrained network, the preset is
 * limited to the n that it has layers for and to one direction. Throws a UserError where that network is missing or does
 * not fit.
 */
export function protocolOf(
  request: RequestedStudy,
  data: Pick<ImageSetIndex, 'id' | 'name' | 'size' | 'classes' | 'trainCounts'>,
  home: string,
  source?: SourceSet,
): Protocol {
  const preset = PRESETS[request.preset];
  const requested = requestedNetwork(request);
  const network = request.pretrained?.head
    ? asItsFileSays(requested, data.size)
    : alike(requested, data.size, source?.size);
  const elsewhere = source !== undefined || request.pretrained?.head !== undefined;
  const split = request.split ?? (elsewhere ? { kind: 'whole' } : presetSplit(preset, data.classes.length));
  const pretrained = request.pretrained && fittingKept(home, request.pretrained, network);
  // Cuts don't depend on the number of classes.
  const resolved = resolveNetwork(network, 2);
  const { cuts } = resolved;
  const treatments = request.treatments ?? (elsewhere ? IN_PRACTICE : preset.treatments);
  const most = Math.min(cuts.length, pretrained?.layers ?? Infinity);
  return protocolSchema.parse({
    name: request.name ?? `${nameOfTask(data, request, source)}, ${network.name}, ${request.preset}`,
    data: { id: data.id, name: data.name },
    network,
    split,
    replicates: replicatesOf(request, request.seeds ?? preset.seeds, split),
    layers: [...new Set(request.layers ?? offeredLayers(preset.layers, cuts, most))].sort((a, b) => a - b),
    treatments,
    randomStatistics: treatments.includes('random') && hasBatchNorms(resolved) ? 'of the target' : undefined,
    bothDirections: request.bothDirections ?? (preset.bothDirections && !pretrained && !source),
    imagesPerClass: request.imagesPerClass ?? presetImages(preset, data.trainCounts),
    examples: request.examples?.length ? [...new Set(request.examples)].sort((a, b) => a - b) : undefined,
    engine: chooseEngine(request.engine ?? 'auto', home),
    pretrained,
    sourceSet: source && {
      ...{ id: source.id, name: source.name, size: source.size, classes: source.classes },
      ...{ trainCounts: source.trainCounts, heldOutCounts: source.heldOutCounts },
    },
  });
}

/** `photos`, or `animals to photos` where the features come from elsewhere. */
const nameOfTask = ({ name }: { readonly name: string }, { pretrained }: RequestedStudy, source?: SourceSet): string =>
  [source?.name ?? (pretrained?.head && pretrained.name) ?? [], name].flat().join(' to ');

/** A preset's number of classes, or images, applies to sets that have enough; a smaller set is used whole. */
function presetSplit({ split }: Preset, classes: number): SplitSpec {
  return split.kind === 'random' && split.classes !== undefined && split.classes >= classes
    ? { kind: 'random' }
    : split;
}

function presetImages({ imagesPerClass }: Preset, trainCounts: readonly number[]): number | undefined {
  return imagesPerClass !== undefined && imagesPerClass <= Math.min(...trainCounts) ? imagesPerClass : undefined;
}

/** Far more than anyone can train; the protocol lists them all. */
const MOST_REPLICATES = 10_000;

function replicatesOf({ splits, splitSeed = 1 }: RequestedStudy, seeds: number, split: SplitSpec) {
  // Lists and whole sets leave nothing to draw, so the seed of the split must not make another study of the same lists.
  const drawn = split.kind === 'random' || split.kind === 'groups';
  const offset = drawn ? splitSeed - 1 : 0;
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  if (splits !== undefined && !drawn)
    throw new UserError('Several splits were asked for, but the classes of A and B are given; ask for seeds instead.', {
      usage: true,
    });
  const replicates = (splits ?? 1) * seeds;
  if (replicates > MOST_REPLICATES)
    throw new UserError(
      `${count(replicates)} replicates were asked for, and ${count(MOST_REPLICATES)} are the most: choose fewer splits or seeds.`,
      { usage: true },
    );
  return splits === undefined
    ? upTo(seeds).map((seed) => ({ splitSeed: offset + seed, trainingSeed: seed }))
    : upTo(splits).flatMap((seed) => upTo(seeds).map((trainingSeed) => ({ splitSeed: offset + seed, trainingSeed })));
}

function chooseEngine(engine: EngineChoice, home: string): EngineName {
  if (engine === 'auto') return automaticEngine(home);
  if (!ENGINE_NAMES.includes(engine))
    throw new UserError(`There is no engine "${engine}"; choose one of auto, ${ENGINE_NAMES.join(', ')}.`, {
      usage: true,
    });
  const missing = whyMissing(engine);
  if (missing) throw new UserError(missing, { usage: true });
  return engine;
}
