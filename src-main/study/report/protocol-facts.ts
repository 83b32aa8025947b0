import { withName } from '../../common/cuts.ts';
import { chosenPercent, count, counted, duration, utcMoment } from '../../common/numbers.ts';
import { depthOf } from '../../network/describe.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { pixelWords, sourceFacts, splitWords } from './source-words.ts';
import type { ReportedPlace, StudyReport } from '../analysis/study-report.ts';

/** A name and what it stands for: the page shows lists of these. */
interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface FactList {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** The protocol in words, complete enough to repeat the study together with its splits, layers and keys. */
export function protocolFacts(report: StudyReport): FactList[] {
  return [
    { title: 'Study', facts: studyFacts(report) },
    { title: 'Data', facts: dataFacts(report) },
    { title: 'Training', facts: trainingFacts(report) },
    {
      title: 'Machine and software',
      facts: [...entries(report.machine), ...engines(report), ...entries(report.software)],
    },
    ...(report.places ? [{ title: 'Cluster', facts: clusterFacts(report.places, report.runs) }] : []),
  ];
}

/** Nodes, processors and engines, which networks had others than most, and the costs. */
function clusterFacts(places: readonly ReportedPlace[], runs: StudyReport['runs']): Fact[] {
  const by = (part: (place: ReportedPlace) => string) =>
    [...Map.groupBy(places, part)].sort(([a, those], [b, others]) => others.length - those.length || (a < b ? -1 : 1));
  const several = runs.some(({ replicate }) => replicate > 0);
  const nameOf = ({ run }: ReportedPlace) =>
    runs
      .filter(({ key }) => key === run)
      .map(({ name, replicate }) => (several ? `${name} of replicate ${replicate + 1}` : name))[0];
  const named = (those: readonly ReportedPlace[], isMost: boolean) =>
    isMost || those.length > FEW ? '' : `: ${those.map(nameOf).join(', ')}`;
  const counts = (groups: ReturnType<typeof by>) =>
    groups.map(([name, those], i) => `${name} (${counted(those.length, 'network')}${named(those, i === 0)})`);
  const [processors, engineNames] = [by(({ processor }) => processor), by(({ engine }) => engine)];
  const nodes = by(({ node }) => node).map(([name, those]) => `${name} (${counted(those.length, 'network')})`);
  const hours = places.reduce((sum, { nodeSeconds }) => sum + nodeSeconds, 0) / 3600;
  const differing = [
    ...(processors.length > 1 ? ['processors'] : []),
    ...(engineNames.length > 1 ? ['engines'] : []),
    ...(places.length < new Set(runs.map(({ key }) => key)).size ? ['machines: some networks were trained here'] : []),
  ];
  return [
    { name: 'Trained on nodes', value: nodes.join('; ') },
    { name: 'Processors', value: counts(processors).join('; ') },
    { name: 'Engines', value: counts(engineNames).join('; ') },
    { name: 'Node-hours', value: hours.toFixed(2) },
    {
      name: 'Same bytes',
      value:
        differing.length === 0
          ? 'all networks had the same processor and engine'
          : `networks differ in ${differing.join(' and ')}; the last digits of their numbers may, too`,
    },
  ];
}

/** Networks that are named where they had another processor or engine than most. */
const FEW = 12;

function studyFacts({ study, protocol, splits, runs }: StudyReport): Fact[] {
  const { cuts } = resolveNetwork(protocol.network, 2);
  const trained = runs.filter(({ seconds }) => seconds > 0);
  const each = trained.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    { name: 'Id', value: study.id },
    { name: 'State', value: study.status },
    { name: 'Started', value: utcMoment(study.created) },
    { name: 'Finished', value: study.finished ? utcMoment(study.finished) : 'not yet' },
    { name: 'Time spent', value: duration(study.seconds) },
    { name: 'Networks', value: `${counted(runs.length, 'network')}; total training time ${duration(each)}` },
    { name: 'Treatments', value: protocol.treatments.join(', ') },
    ...sourceFacts(protocol),
    { name: 'Layers n', value: protocol.layers.map((n) => withName(cuts, n)).join(', ') },
    { name: 'Directions', value: protocol.bothDirections ? 'A to B and B to A' : 'A to B' },
    ...(protocol.split.kind === 'whole' ? [] : [{ name: 'Split', value: splitWords(protocol.split) }]),
    {
      name: 'Replicates',
      value: splits
        .map(
          ({ splitSeed, trainingSeed }, place) =>
            `${place + 1}: split seed ${splitSeed}, training seed ${trainingSeed}`,
        )
        .join('; '),
    },
  ];
}

function dataFacts({ dataset, protocol, leaks }: StudyReport): Fact[] {
  const range = (counts: readonly number[]) => {
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const total = counts.reduce((sum, images) => sum + images, 0);
    return `${count(total)} (${least === most ? count(least) : `${count(least)} to ${count(most)}`} per class)`;
  };
  const groups = new Set(Object.values(dataset.groups));
  return [
    { name: 'Image set', value: dataset.name },
    { name: 'Content id', value: dataset.id },
    { name: 'Source', value: dataset.source },
    { name: 'Classes', value: count(dataset.classes.length) },
    { name: 'Groups', value: groups.size > 0 ? [...groups].sort().join(', ') : 'none' },
    { name: 'Stored at', value: `${dataset.size} × ${dataset.size} pixels` },
    { name: 'Training images', value: range(dataset.trainCounts) },
    { name: 'Used per class', value: protocol.imagesPerClass ? count(protocol.imagesPerClass) : 'all' },
    ...(protocol.examples
      ? [
          {
            name: 'Few target examples',
            value: `also ${listed(protocol.examples)} training images of each target class`,
          },
        ]
      : []),
    { name: 'Held-out images', value: range(dataset.heldOutCounts) },
    { name: 'Held-out part', value: heldOutWords(dataset.heldOut) },
    { name: 'Duplicates left out', value: count(dataset.duplicates) },
    ...(leaks === undefined ? [] : [{ name: 'Leaks', value: leaks }]),
    { name: 'Files left out', value: rejectWords(dataset.rejects) },
  ];
}

/** `5`, `5 and 25`, `1, 5 and 25` */
export const listed = (numbers: readonly number[]): string =>
  numbers.length < 2 ? numbers.join() : `${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;

function heldOutWords(heldOut: StudyReport['dataset']['heldOut']): string {
  if (heldOut.kind === 'given') return 'given by the data set';
  return `drawn per class, ${chosenPercent(heldOut.fraction)}, seed ${heldOut.seed}`;
}

function rejectWords(rejects: StudyReport['dataset']['rejects']): string {
  const reasons = [...Map.groupBy(rejects, ({ reason }) => reason)].map(
    ([reason, files]) => `${counted(files.length, 'file')}: ${reason} (e.g. ${files[0].file})`,
  );
  return reasons.length > 0 ? reasons.join('; ') : 'none';
}

/** @param share how a fraction of the training is written */
export function scheduleWords(
  schedule: NetworkSpec['training']['schedule'],
  share: (fraction: number) => string = chosenPercent,
): string {
  if (schedule.kind === 'cosine') return 'cosine to 0';
  return `times ${schedule.factor} at ${schedule.at.map(share).join(', ')}`;
}

/** `20%`; what per cents with one decimal would round is written as it is: `0.2222222222222222`. */
const exactShare = (fraction: number): string =>
  Number(chosenPercent(fraction).slice(0, -1)) / 100 === fraction ? chosenPercent(fraction) : String(fraction);

function trainingFacts({ protocol, splits }: StudyReport): Fact[] {
  const { network } = protocol;
  const { training } = network;
  const held = depthOf(resolveNetwork(network, splits[0].b.length));
  return [
    {
      name: 'Network',
      value: `${network.name}, ${held}, input ${network.inputSize} × ${network.inputSize} × 3`,
    },
    { name: 'Classes per network', value: classesWords(splits[0]) },
    { name: 'Optimiser', value: optimiserWords(training) },
    { name: 'Batch', value: counted(training.batchSize, 'image') },
    { name: 'Epochs', value: String(training.epochs) },
    {
      name: 'Learning rate',
      value: `${training.learningRate}, ${scheduleWords(training.schedule, exactShare)}, warm-up over ${exactShare(training.warmUp)}`,
    },
    {
      name: 'Augmentation',
      value: `random crop (${training.cropPadding} pixels padding)${training.mirror ? ', mirror' : ''}; ${pixelWords(training, String)}`,
    },
    { name: 'Engine', value: protocol.engine },
  ];
}

const classesWords = ({ a, b }: StudyReport['splits'][number]): string =>
  a.length > 0 ? `A ${a.length}, B ${b.length}` : `B ${b.length}`;

function optimiserWords({
  optimiser,
  momentum,
  weightDecay,
  labelSmoothing,
  clipNorm,
}: NetworkSpec['training']): string {
  const update =
    optimiser === undefined ? `SGD, momentum ${momentum}` : `AdamW, betas ${momentum} and ${optimiser.beta2}`;
  return [
    ...[update, `weight decay ${weightDecay}`],
    ...(labelSmoothing === undefined ? [] : [`label smoothing ${labelSmoothing}`]),
    ...(clipNorm === undefined ? [] : [`gradients clipped to norm ${clipNorm}`]),
  ].join(', ');
}

function engines({ runs }: StudyReport): Fact[] {
  const versions = [...new Set(runs.flatMap(({ engineVersion }) => (engineVersion ? [engineVersion] : [])))].sort();
  return versions.length > 0 ? [{ name: 'Trained by', value: versions.join('; ') }] : [];
}

const entries = (facts: Readonly<Record<string, string>>): Fact[] =>
  Object.entries(facts).map(([name, value]) => ({ name, value }));
