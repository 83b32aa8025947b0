import { count, counted } from '../../common/numbers.ts';
import { curveName, partsOf, type TreatmentKind, type TreatmentParts } from '../treatment.ts';
import type { StudyReport } from './study-report.ts';

/** `AnB, AnB+`, of target B. */
export const namesOf = (kinds: readonly TreatmentKind[]): string =>
  kinds.map((kind) => curveName({ kind, target: 'B' })).join(', ');

/** For the methods: a sentence for each sort of treatment that the paper doesn't have, each with a space before it. */
export function variantsSentences(report: StudyReport): string {
  const those = (has: (parts: TreatmentParts) => boolean) =>
    report.protocol.treatments.filter((kind) => has(partsOf(kind)));
  return [
    adapters(
      report,
      those(({ adapterRank }) => adapterRank !== undefined),
    ),
    discriminative(those(({ copiedRate }) => copiedRate !== undefined)),
    unfreezing(
      report,
      those(({ unfrozen }) => unfrozen === true),
    ),
  ].join('');
}

function adapters({ runs }: StudyReport, kinds: readonly TreatmentKind[]): string {
  if (kinds.length === 0) return '';
  const counts = runs.filter(({ kind }) => kinds.some((one) => one === kind));
  const trained = counts.map((run) => run.trained);
  const [least, most] = [Math.min(...trained), Math.max(...trained)].map(count);
  const total = Math.max(...counts.map(({ parameters }) => parameters));
  return (
    ` A number after the tilde (${namesOf(kinds)}) is the rank of low-rank adapters: the copied layers stayed frozen, and beside each copied convolution two 1 × 1 convolutions through so many channels were trained (Rebuffi et al., 2018, in the form of Hu et al., 2022) and merged into the centre of its kernel before testing; ` +
    `${least === most ? least : `${least} to ${most}`} of ${count(total)} parameters were trained, with those of the layers above n.`
  );
}

const discriminative = (kinds: readonly TreatmentKind[]): string =>
  kinds.length === 0
    ? ''
    : ` A number after the plus (${namesOf(kinds)}) is the factor of the learning rate at which the copied layers were fine-tuned, the others at all of it (discriminative fine-tuning, Howard and Ruder, 2018).`;

function unfreezing({ protocol }: StudyReport, kinds: readonly TreatmentKind[]): string {
  if (kinds.length === 0) return '';
  const epochs = Math.ceil(protocol.network.training.epochs);
  const beyond = protocol.layers.filter((n) => n >= epochs);
  const some =
    beyond.length === 0
      ? ''
      : `; ${protocol.examples ? 'on all images, ' : ''}in ${counted(epochs, 'epoch')}, ${epochs === 1 ? 'all of them' : `the lowest n − ${epochs - 1}`} stayed frozen for n = ${beyond.join(', ')}`;
  return ` In ${namesOf(kinds)} the copied layers began frozen and with each epoch the topmost frozen one began to learn (gradual unfreezing, Howard and Ruder, 2018)${some}.`;
}
