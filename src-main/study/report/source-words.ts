import { count, counted } from '../../common/numbers.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';
import type { TrainingSpec } from '../../network/spec.ts';
import type { ReportedRun, StudyReport } from '../analysis/study-report.ts';
import type { Protocol } from '../plan/protocol.ts';
import { wilsonInterval } from '../results/statistics.ts';

/** What is said of a study of which features come from the other half, from a file, or from another image set. */

type Source = Pick<Protocol, 'pretrained' | 'sourceSet' | 'split'>;

/** The beginning of the methods paragraph: which layers go where. */
export function taskSentence({ protocol, dataset, splits }: StudyReport): string {
  const { pretrained, sourceSet, split, replicates } = protocol;
  const { a, b } = splits[0];
  const drawn = replicates.length > 1 ? `, in ${counted(replicates.length, 'replicate')}` : '';
  const images = `the image set ${dataset.name} (${counted(dataset.count, 'image')} of ${dataset.size} × ${dataset.size} pixels in ${dataset.classes.length} classes)`;
  const ofHalves = `were split into halves A (${a.length} classes) and B (${b.length} classes): ${splitWords(split)}${drawn}.`;
  if (!sourceSet && !pretrained?.head && split.kind !== 'whole')
    return `Following Yosinski et al. (2014), the classes of ${images} ${ofHalves}`;
  const target = split.kind === 'whole' ? `${b.length} classes of ${images}` : `half B of ${images}`;
  const from = sourceSet
    ? `a network trained on the ${sourceSet.classes.length} classes of the image set ${sourceSet.name}`
    : pretrained?.head
      ? `the pretrained network ${pretrained.name} (${pretrained.origin ?? 'of a file'}, SHA-256 of the weights ${pretrained.sha256})`
      : 'a pretrained network';
  const halves = split.kind === 'whole' ? '' : ` The classes of that set ${ofHalves}`;
  return `Layers of ${from} were transferred to networks for ${target}, as Yosinski et al. (2014) did between halves of one set${split.kind === 'whole' ? drawn : ''}.${halves}`;
}

/** What the report asks, for the head of its page. */
export function questionWords({ protocol, splits }: StudyReport): string {
  const { pretrained, sourceSet, split } = protocol;
  const { a, b } = splits[0];
  const rest =
    'transplanted into a new network for B, frozen or fine-tuned, and its accuracy was compared with that of a network trained on B from scratch.';
  if (sourceSet)
    return `As in Yosinski et al. (NIPS 2014), but with another image set as A: the first n layers of a network trained on ${sourceSet.name} were ${rest} B is ${targetWords(protocol, b.length)}.`;
  if (pretrained && (pretrained.head || split.kind === 'whole'))
    return `As in Yosinski et al. (NIPS 2014), but with a pretrained network as A: the first n layers of ${pretrained.name} were ${rest} B is ${targetWords(protocol, b.length)}.`;
  return `As in Yosinski et al. (NIPS 2014), the ${a.length + b.length} classes were split into halves A and B, the first n layers of a network trained on one half were ${rest}`;
}

const targetWords = ({ data, split }: Protocol, classes: number): string =>
  split.kind === 'whole' ? `${count(classes)} classes of ${data.name}` : `a half of the classes of ${data.name}`;

/** What A is, for the list of facts; empty where it is the other half. */
export function sourceFacts({ pretrained, sourceSet }: Source): { name: string; value: string }[] {
  if (sourceSet)
    return [
      {
        name: 'Network A',
        value: `trained on all ${sourceSet.classes.length} classes of ${sourceSet.name}, id ${sourceSet.id}`,
      },
    ];
  if (!pretrained) return [];
  const { name, layers, sha256, head, origin, licence } = pretrained;
  const what = head
    ? [
        origin ?? 'a whole network',
        `${counted(layers, 'layer')} with a head of ${counted(head.classes, 'class', 'classes')}`,
      ]
    : [`first ${counted(layers, 'layer')}`];
  return [
    { name: 'Network A', value: [`pretrained: ${name}`, ...what, `SHA-256 ${sha256}`].join(', ') },
    ...(licence === undefined ? [] : [{ name: 'Licence of A', value: `${licence}, as the file says` }]),
  ];
}

/** How the classes were divided. */
export function splitWords(split: SplitSpec): string {
  if (split.kind === 'random')
    return split.classes ? `random halves of ${split.classes} classes, drawn by seed` : 'random halves of all classes';
  if (split.kind === 'lists') return 'given lists of classes';
  if (split.kind === 'whole')
    return split.classes ? `none: ${counted(split.classes.length, 'class', 'classes')} as B` : 'none: all classes as B';
  const cut = split.unequal ? 'all their classes' : 'cut to equal numbers of classes, drawn by seed';
  return `by group: A = ${split.a.join(', ')}; B = ${split.b.join(', ')}; ${cut}`;
}

/** A sentence for the methods on the file's network as it comes; empty where it was not tested. */
export function ownHeadSentence({ runs }: StudyReport): string {
  const own = ownHeadRun(runs);
  return own ? `In ${own.name} the file’s network was tested as it comes, with its own head.` : '';
}

/** What is not known of A, and what its own head stands for. */
export function sourceCaveats({ protocol, runs, splits }: StudyReport): string[] {
  const { pretrained, sourceSet } = protocol;
  if (sourceSet)
    return [
      `A is not a half of these classes but the image set ${sourceSet.name}. How far its classes are from B's, and whether the two sets share images, was not measured: differences between AnB and baseB are of this pair of sets.`,
    ];
  if (!pretrained) return [];
  const { name, head } = pretrained;
  if (!head)
    return [
      `A is not a half of these classes but the pretrained network ${name}, of which only weights and biases are known. The images that it saw, their scaling and centring, and its strides and padding may differ from this study's. If they do, AnB may lose accuracy for that reason and not because of its features.`,
    ];
  const own = ownHeadRun(runs);
  return [
    `A is not a half of these classes but the network of the file ${name}. Which images it saw is not known: if B's held-out images were among them, what is transferred from it looks better than it is.`,
    ...(own
      ? [
          `${own.name} is the file's network as it comes, own head and all: no image was trained on. ${headWords(head)}${guessing(own, splits)}`,
        ]
      : []),
  ];
}

/** The file's network as it comes, where a study has it. */
const ownHeadRun = (runs: StudyReport['runs']): ReportedRun | undefined =>
  runs.find(({ kind, trained, steps }) => kind === 'transfer' && trained === 0 && steps === 0);

/** A head of other classes does no better than guessing. */
function guessing({ correct, total }: ReportedRun, splits: StudyReport['splits']): string {
  if (correct === null || !total || wilsonInterval(correct, total).low > 1 / splits[0].b.length) return '';
  return ' It does no better than guessing, so its outputs are probably of other classes.';
}

const headWords = ({ classes, names }: NonNullable<NonNullable<Protocol['pretrained']>['head']>): string =>
  names === undefined
    ? `The file names no classes, so its ${classes} outputs were taken for the set's classes in their order.`
    : 'Of its outputs those of B’s classes were compared, found by their names.';

/**
 * How pixels are scaled, for weights from a file or otherwise: `the mean training image subtracted, then times 0.01563`
 *
 * @param number how numbers of the file are written
 */
export const pixelWords = ({ pixels, inputScale }: TrainingSpec, number: (value: number) => string = short): string =>
  pixels
    ? `scaled by channel (red, green, blue) as the weights of the file expect, less ${pixels.mean.map(number).join(', ')}, divided by ${pixels.deviation.map(number).join(', ')}`
    : `the mean training image subtracted, then times ${inputScale}`;

const short = (value: number): string => String(Number(value.toPrecision(5)));
