import { counted, duration, percent, percentRange } from '../../common/numbers.ts';
import { programVersion } from '../../process/program.ts';
import { type Protocol, readProtocol } from '../../study/plan/protocol.ts';
import { examplesOf } from '../../study/plan/run-record.ts';
import { wilsonInterval } from '../../study/results/statistics.ts';
import type { Home } from '../opened-home.ts';
import type { Place, StoredRun } from '../stored/run.ts';
import { knownImages } from '../stored/study.ts';

/**
 * A model card (Mitchell et al. 2019, arXiv 1810.03993) in Markdown: what a network is for, how it was made, and how often it is
 * right. Names come from people and files, so they are written as text, never as Markdown or HTML.
 */
export function modelCard(
  { store }: Home,
  run: StoredRun,
  place: Place | undefined,
  whole?: { readonly steps: number },
): string {
  const { record, identity, network } = run;
  const { inputSize, training } = network.spec;
  const protocol = place && readProtocol(place.study);
  const here = store.findImageSet(identity.data);
  const images = here?.id === identity.data ? here.name : knownImages(store, identity.data)?.name;
  const name = place?.run.name ?? record.key.slice(0, 12);
  const perClass = examplesOf(identity) ?? identity.imagesPerClass;
  const facts: [string, string][] = [
    ['Network', `${protocol?.network.name ?? 'unnamed'}, ${counted(network.depth, 'layer')} that can be cut between`],
    ['Input', `${inputSize} x ${inputSize} pixels, red, green, blue`],
    ['Classes', String(identity.classes.length)],
    ['Images', `${images ?? 'no longer known'} (${identity.data})`],
    ['Training images', identity.head ? 'none of this set' : trainingImages(perClass, whole !== undefined)],
    [
      'Training',
      identity.head
        ? 'none: it is the file’s network as it comes'
        : `${counted(whole?.steps ?? record.steps, 'step')}${whole ? '' : ` in ${duration(record.seconds)}`}, batches of ${training.batchSize}`,
    ],
    ['Seeds', `training ${identity.trainingSeed}${splitSeed(protocol, place)}`],
    ['Engine', record.engineVersion ?? identity.engine],
    ['Program', `Transplant ${programVersion()}`],
    ['Key', record.key],
  ];
  return (
    [
      `# ${plain(place ? `${place.study.name}: ${name}` : name)}`,
      `An image classifier. ${accuracy(run)}${whole ? ` ${ON_ALL}` : ''}`,
      '| | |\n|---|---|\n' + facts.map(([title, value]) => `| ${title} | ${plain(value)} |`).join('\n'),
      '## Where its layers come from',
      source(run, protocol),
      '## Classes, in the order of its outputs',
      identity.classes.map((one) => `1. ${plain(one)}`).join('\n'),
      '## What to know before using it',
      [
        'Accuracy was measured on held-out images of the same set; other cameras, places or times may give other accuracies.',
        'It names one of its classes for any image, also where none of them is in it.',
        'The images’ own terms may bind whoever passes the network on; the program does not know them.',
      ]
        .map((sentence) => `- ${sentence}`)
        .join('\n'),
    ].join('\n\n') + '\n'
  );
}

/** What is to be known of an accuracy where nothing is left to measure it on. */
const ON_ALL =
  'This was measured by the network that did not see the held-out images. The one in the file was trained in the same way on these, too, so that nothing is left to measure it on: it should be as good, or a little better.';

const trainingImages = (perClass: number | null, all: boolean): string =>
  perClass === null
    ? all
      ? 'all of these classes'
      : 'all of these classes but the held-out ones'
    : `${perClass} of each class${all ? ', and the held-out ones' : ''}`;

function accuracy({ record: { correct, total, status } }: StoredRun): string {
  if (status !== 'finished' || correct === null || !total) return 'It is not trained to the end.';
  return `${percent(correct / total)} of ${counted(total, 'held-out image')} are named rightly (95% interval ${percentRange(wilsonInterval(correct, total))}%, of the held-out images alone).`;
}

function splitSeed(protocol: Protocol | undefined, place: Place | undefined): string {
  const replicate = place && protocol?.replicates[place.run.replicate];
  return replicate ? `, split ${replicate.splitSeed}` : '';
}

function source({ identity, network }: StoredRun, protocol: Protocol | undefined): string {
  const { lower, n, frozen, pretrained, head, randomStatistics } = identity;
  const last = network.cuts.find((cut) => cut.n === n)?.name ?? String(n);
  const layers = `Layers up to ${last} (n = ${n})`;
  const fate = frozen === n ? 'and stayed as they were' : 'and learned on';
  if (lower === 'base') return 'All layers were trained from random weights.';
  if (lower === 'random')
    return `${layers} are random and stayed so${randomStatistics ? ', with batch norms that have statistics of the training images' : ''}; the others were trained.`;
  const file = pretrained === undefined ? undefined : protocol?.pretrained;
  const from = file
    ? `the pretrained network ${plain(file.name)}${file.origin === undefined ? '' : `, ${plain(file.origin)}`} (SHA-256 of its weights ${file.sha256})`
    : pretrained !== undefined
      ? `a pretrained network (SHA-256 of its weights ${pretrained})`
      : `a network that was trained before (key ${identity.source})`;
  const licence = pretrained === undefined ? '' : ` ${licenceOf(file?.licence)}`;
  if (head)
    return `All layers come from ${from}, and of its ${head.of} outputs those that stand for these classes.${licence}`;
  return `${layers} come from ${from} ${fate}; the layers above started from random weights.${licence}`;
}

const licenceOf = (licence: string | undefined): string =>
  licence === undefined
    ? 'Its file names no licence: ask its authors for the terms.'
    : `Licence of that network, as its file gives it: ${plain(licence)}.`;

/** Text that Markdown shows as it is. */
const plain = (text: string): string => text.replace(/[\\`*_[\]<>|~&]/g, '\\$&').replace(/\s+/g, ' ');
