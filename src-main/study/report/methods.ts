import { withName } from '../../common/cuts.ts';
import type { Variant } from '../../common/treatments/definition.ts';
import {
  curveName,
  PAPER_TREATMENTS,
  partsOf,
  VARIANTS,
  type TreatmentKind,
} from '../../common/treatments/treatments.ts';
import { chosenPercent, count, counted } from '../../common/numbers.ts';
import { depthOf } from '../../network/describe.ts';
import { isStatistic, resolveNetwork } from '../../network/network.ts';
import type { TrainingSpec } from '../../network/spec.ts';
import { DRAWN } from '../statements/focus.ts';
import { LEVEL } from '../statements/judge.ts';
import { canBeAdapted, hasBatchNorms } from '../../network/variants.ts';
import { listed, scheduleWords } from './protocol-facts.ts';
import { ownHeadSentence, pixelWords, taskSentence } from './source-words.ts';
import { countSplits } from '../results/layout.ts';
import type { StudyReport } from '../analysis/study-report.ts';

/** The study as a paragraph for the methods section of a paper: protocol, networks, training, statistics, software. */
export function methodsParagraph(report: StudyReport): string {
  return [
    taskSentence(report),
    networks(report),
    ...pretrained(report),
    training(report),
    ...examples(report),
    statistics(report),
    software(report),
  ].join(' ');
}

function networks(report: StudyReport): string {
  const { protocol, splits, runs } = report;
  const network = resolveNetwork(protocol.network, splits[0].b.length);
  const bases = new Set(runs.flatMap(({ kind, target }) => (kind === 'base' ? [target] : [])));
  const on = bases.size > 1 ? (protocol.sourceSet ? 'each' : 'each half') : onTarget(protocol, [...bases].join(''));
  const finished = runs.filter(({ status }) => status === 'finished').length;
  return (
    `Networks (${protocol.network.name}, ${depthOf(network)}) were trained on ${on} from random weights.${treatments(report)}` +
    `${variantsSentences(report)} ${count(finished)} of ${counted(runs.length, 'network')} were trained to the end.`
  );
}

const onTarget = ({ split }: StudyReport['protocol'], half: string): string =>
  split.kind === 'whole' ? half : `half ${half}`;

/** What was transplanted and what became of it. Treatments that the paper doesn't have are only named here. */
function treatments({ protocol }: StudyReport): string {
  const copied = protocol.treatments.filter((kind) => kind !== 'random');
  const back = protocol.bothDirections ? ', in both directions' : '';
  const { cuts } = resolveNetwork(protocol.network, 2);
  const layers = protocol.layers.map((n) => withName(cuts, n)).join(', ');
  const random = protocol.treatments.includes('random');
  if (copied.length === 0)
    return random
      ? ` For n = ${layers}, new networks (RnB${back}) were trained above n random layers that stayed frozen.${frozenNorms(protocol)}`
      : '';
  const fates = PAPER_TREATMENTS.flatMap((one) => {
    const kinds = copied.filter((kind) => partsOf(kind).definition === one);
    return kinds.length > 0 ? [`${one.became} in ${namesOf(kinds)}`] : [];
  });
  return (
    ` For n = ${layers}, ${protocol.pretrained?.head ? 'the first n layers of the file’s' : 'their first n layers'} were transplanted into new networks (${namesOf(copied)}${back}), whose layers above n started from random weights.` +
    `${fates.length > 0 ? ` The transplanted layers ${fates.join(' and ')}.` : ''}` +
    `${random ? ' In RnB the first n layers were random instead and stayed frozen.' : ''}` +
    frozenNorms(protocol)
  );
}

/** What becomes of batch norms among frozen layers: programs differ in that. */
function frozenNorms({ network, treatments, randomStatistics }: StudyReport['protocol']): string {
  const freezes = treatments.some((kind) => {
    const { frozen, adapterRank, stages } = partsOf(kind).learning;
    return frozen || adapterRank !== undefined || stages !== undefined;
  });
  if (!freezes || !hasBatchNorms(resolveNetwork(network, 2))) return '';
  const untouched =
    treatments.includes('random') && !randomStatistics ? ' (in RnB a mean of 0 and a variance of 1)' : '';
  const estimated =
    treatments.includes('random') && randomStatistics
      ? ' Those of RnB, which no training had given any statistics, had them estimated before training, as means over the first batches of training images of the target (about 1,024 images, or all where there were fewer).'
      : '';
  return ` Batch norms of frozen layers were frozen as a whole: in training as in tests their weights, biases and running statistics were used as they were${untouched}.${estimated}`;
}

/** `AnB, AnB+`, of target B. */
const namesOf = (kinds: readonly TreatmentKind[]): string =>
  kinds.map((kind) => curveName({ kind, target: 'B' })).join(', ');

/** The sentences about treatments that the paper doesn't have, each with a space before it. */
export function variantsSentences(report: StudyReport): string {
  const { treatments, layers, network, examples } = report.protocol;
  const resolved = resolveNetwork(network, 2);
  const besideDense = resolved.layers.some((layer) => layer.spec.type === 'dense' && canBeAdapted(resolved, layer));
  return VARIANTS.map((variant: Variant) => {
    const kinds = treatments.filter((kind) => partsOf(kind).definition === variant);
    if (kinds.length === 0) return '';
    const epochs = Math.ceil(network.training.epochs);
    const facts = {
      names: namesOf(kinds),
      trained: trainedOf(report, kinds),
      layers,
      epochs,
      few: Boolean(examples),
      besideDense,
    };
    return ` ${variant.words.methods(facts)}`;
  }).join('');
}

/** `1,000 to 7,000 of 8,000 parameters` */
function trainedOf({ runs }: StudyReport, kinds: readonly TreatmentKind[]): string {
  const counted = runs.filter(({ kind }) => kinds.some((one) => one === kind));
  const trained = counted.map((run) => run.trained);
  const [least, most] = [Math.min(...trained), Math.max(...trained)].map(count);
  const total = Math.max(...counted.map(({ parameters }) => parameters));
  return `${least === most ? least : `${least} to ${most}`} of ${count(total)} parameters`;
}

/** A whole network from a file has been named already. */
function pretrained(report: StudyReport): string[] {
  const { pretrained: file } = report.protocol;
  if (!file) return [];
  if (file.head) return [ownHeadSentence(report)].filter((sentence) => sentence !== '');
  return [
    `A pretrained network (${file.name}, SHA-256 of the weights ${file.sha256}) took the place of one trained on A; its first ${counted(file.layers, 'layer')} have the shapes of this network's.`,
  ];
}

function training({ protocol }: StudyReport): string {
  const { inputSize, training: settings } = protocol.network;
  const images = protocol.imagesPerClass
    ? `${counted(protocol.imagesPerClass, 'training image')} per class`
    : 'all training images';
  return (
    `Every network was trained on ${images} for ${settings.epochs} epochs by ${optimiserSentence(settings)}, batches of ${settings.batchSize} ` +
    `and a learning rate of ${settings.learningRate} (${warmUpWords(settings)}${scheduleWords(settings.schedule)}), on random crops of ${inputSize} × ${inputSize} pixels${settings.imageSize === undefined ? '' : ` (of images resampled to ${settings.imageSize} × ${settings.imageSize})`}${settings.mirror ? ', mirrored with probability one half' : ''}. ` +
    `Pixels of 0 to 255 were taken as follows: ${pixelWords(settings)}, with ${counted(settings.cropPadding, 'pixel')} of zeros on each side before the crop; held-out images were cropped in the centre.${multiplierSentence(protocol)}`
  );
}

/** The rate rises before it falls: `rising linearly from 0 over the first 5% of the steps, then ` */
const warmUpWords = ({ warmUp }: TrainingSpec): string =>
  warmUp === 0
    ? ''
    : `rising linearly from 0 over the first ${Number((100 * warmUp).toPrecision(4))}% of the steps, then `;

/** What of a layer's parameters learns at another rate than the others, or does not decay. */
function multiplierSentence({ network }: StudyReport['protocol']): string {
  const { parameters } = resolveNetwork(network, 2);
  const kinds = new Map(
    parameters
      .filter((parameter) => !isStatistic(parameter))
      .map(({ role, multipliers: { learningRate, decay } }) => [
        `${role} ${learningRate} ${decay}`,
        { role, learningRate, decay },
      ]),
  );
  const words = [...kinds.values()]
    .filter(({ learningRate, decay }) => learningRate !== 1 || decay !== 1)
    .map(({ role, learningRate, decay }) => `${role} ×${learningRate} and ×${decay}`);
  return words.length === 0
    ? ''
    : ` Learning rate and weight decay were multiplied for some parameters (${words.join('; ')}); each layer’s initial weights are in the table of the network.`;
}

function optimiserSentence({ optimiser, momentum, weightDecay, labelSmoothing, clipNorm }: TrainingSpec): string {
  const also = [
    ...(labelSmoothing === undefined ? [] : [`label smoothing of ${labelSmoothing}`]),
    ...(clipNorm === undefined ? [] : [`gradients clipped to a norm of ${clipNorm}`]),
  ];
  const update =
    optimiser === undefined
      ? `stochastic gradient descent with momentum ${momentum}, weight decay ${weightDecay}`
      : `AdamW (Loshchilov and Hutter, 2019) with β1 = ${momentum}, β2 = ${optimiser.beta2}, weight decay ${weightDecay}, ε = ${optimiser.epsilon}`;
  return [update, ...also].join(', ');
}

function examples({ protocol }: StudyReport): string[] {
  if (!protocol.examples) return [];
  return [
    `Every treatment, and training from scratch, was repeated with only ${listed(protocol.examples)} training images of each target class (the images of a smaller number are among those of a larger one), ` +
      `for as many steps as with all of them (in batches no larger than the number of images), and tested on the same held-out images. ` +
      `Transferred layers came from the base that was trained on all images of the other half, selffer layers from a base trained on the same few images. ` +
      `Training from scratch catches up at the smallest number from which on its mean is no longer lower, interpolated linearly over the logarithm of the number.`,
  ];
}

function statistics({ protocol, runs }: StudyReport): string {
  const paired = runs.every(({ status, answers }) => status !== 'finished' || answers);
  const several = protocol.replicates.length > 1;
  const { looks } = protocol;
  const drawn = protocol.replicates.some((replicate) => replicate.drawn);
  const focused = protocol.replicates.some(({ only }) => only)
    ? ` Replicates that were added had only the networks of statements without an answer${drawn ? `, of more than ${DRAWN} n only ${DRAWN} that were drawn; means over n are by least squares over replicates and n` : ''}.`
    : '';
  const looked = looks
    ? ` The study went on until it was clear: its results were looked at after ${listed(looks.at)} of at most ${counted(looks.most, 'replicate')}, and the tests of each look spent a part of that level (Lan and DeMets, as O’Brien and Fleming).${focused}`
    : '';
  return several
    ? `Top-1 accuracy was measured on held-out images. Treatments were compared by differences paired by replicate, with 95% intervals of Student’s t ${countSplits(protocol) > 1 ? 'over the means of splits' : 'over the seeds of one split, which say nothing of other splits'}; the paper’s statements were tested together at a family-wise level of ${chosenPercent(LEVEL)} (Holm).${looked}`
    : `Top-1 accuracy was measured on held-out images. With one replicate, 95% intervals (Wilson; of differences ${paired ? 'Tango’s score interval, paired by image' : 'Newcombe'}) cover these networks on such images only, and nothing was tested.`;
}

function software({ software: versions, protocol, runs, study }: StudyReport): string {
  const engines = [...new Set(runs.flatMap(({ engineVersion }) => engineVersion ?? []))].sort();
  return `Transplant ${versions.transplant} trained them with its ${protocol.engine} engine${engines.length > 0 ? ` (${engines.join('; ')})` : ''}; study ${study.id}.`;
}
