import { isDeepStrictEqual } from 'node:util';
import { DEAD_LEAVES } from '../../data/dead-leaves/generate.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { BUILT_IN_NETWORKS } from '../../network/built-in.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { PRESETS } from './presets.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';
import { PRESET_NAMES, type PresetName } from '../../common/choices.ts';
import type { Protocol } from './protocol.ts';
import { curveName } from '../../common/treatments/treatments.ts';

/**
 * The command that repeats a study. A network or split without a short form is given as a file, whose content is in
 * the report's JSON. Replicates that have only a part of the treatments are repeated whole.
 */
export function commandOf(protocol: Protocol, index: ImageSetIndex): string {
  const { network, replicates, bothDirections, imagesPerClass, examples } = protocol;
  const trainingSeeds = new Set(replicates.map(({ trainingSeed }) => trainingSeed)).size;
  const firstSplit = Math.min(...replicates.map(({ splitSeed }) => splitSeed));
  const crossed = replicates.length > trainingSeeds;
  const preset = index.name === DEAD_LEAVES ? presetOf(index, imagesPerClass) : undefined;
  const data = preset ? ['dead-leaves', '--preset', preset] : [protocol.data.id];
  const options = [
    ['--data', ...data],
    ...sourceOptions(protocol),
    protocol.split.kind === 'whole'
      ? ['--target', protocol.split.classes?.join(',') ?? 'all']
      : ['--split', splitArgument(protocol.split)],
    ['--seeds', String(trainingSeeds)],
    crossed ? ['--splits', String(replicates.length / trainingSeeds)] : [],
    firstSplit === 1 ? [] : ['--split-seed', String(firstSplit)],
    ['--layers', protocol.layers.join(',')],
    ['--treatments', protocol.treatments.map((kind) => curveName({ kind, target: 'B' })).join(',')],
    bothDirections ? ['--both-directions'] : [],
    imagesPerClass === undefined ? [] : ['--images-per-class', String(imagesPerClass)],
    examples === undefined ? [] : ['--examples', examples.join(',')],
    ['--epochs', String(network.training.epochs)],
    ['--engine', protocol.engine],
  ];
  return ['npx transplant study run', ...options.flat().map(quoted)].join(' ');
}

/** A file that brings its own network is given in place of one. */
function sourceOptions({ network, pretrained, sourceSet }: Protocol): string[][] {
  const named = ['--network', isBuiltIn(network) ? network.name : 'network.json'];
  if (sourceSet) return [named, ['--from', sourceSet.id]];
  if (pretrained?.head) return [['--from', pretrained.name, '--input-size', String(network.inputSize)]];
  return [named, pretrained ? ['--pretrained', pretrained.name] : []];
}

/**
 * Whether its name is enough: an older version may have trained the network of that name otherwise. The command itself says the
 * epochs, and the images at which size they are read.
 */
function isBuiltIn(network: NetworkSpec): boolean {
  const apart = ({ training: { epochs: _epochs, imageSize: _size, ...training }, ...rest }: NetworkSpec) => ({
    ...rest,
    training,
  });
  const known = BUILT_IN_NETWORKS.get(network.name);
  return known !== undefined && isDeepStrictEqual(apart(network), apart(known));
}

/**
 * The preset that makes these dead leaves; if two do, the one that uses all of them. Undefined where none does: they were made on
 * Data, or by the preset of an older version.
 */
function presetOf({ trainCounts, heldOutCounts }: ImageSetIndex, imagesPerClass = 0): PresetName | undefined {
  const made = PRESET_NAMES.filter(
    (name) =>
      Math.max(PRESETS[name].deadLeaves.train, imagesPerClass) === trainCounts[0] &&
      PRESETS[name].deadLeaves.heldOut === heldOutCounts[0],
  );
  return made.find((name) => PRESETS[name].imagesPerClass === undefined) ?? made[0];
}

function splitArgument(split: Exclude<SplitSpec, { kind: 'whole' }>): string {
  switch (split.kind) {
    case 'random':
      return split.classes === undefined ? 'random' : `random:${split.classes}`;
    case 'groups':
      return `groups:${split.a.join(',')}/${split.b.join(',')}`;
    case 'lists':
      return 'split.json';
  }
}

/** Quotes a word for a POSIX shell if necessary. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
