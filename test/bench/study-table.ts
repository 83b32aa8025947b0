import { columns, shown, type Mean } from './spread.ts';
import type { StudyResult, TreatmentResult } from './study.ts';

/** The study's result as plain text. */
export function studyTable(result: StudyResult): string {
  const { network, source, trainings, epochs, seconds, torchSeconds, ratioToTorch, torch, parts, treatments } = result;
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return [
    `A study of ${network}${source ? ' from a pretrained file' : ''}: ${trainings} trainings of ${epochs} epochs; wall time, median (min to max)`,
    `  Transplant  ${shown(seconds, 0)} s`,
    ...(torchSeconds ? [`  PyTorch     ${shown(torchSeconds, 0)} s (${torch})`] : []),
    ...(ratioToTorch ? [`  PyTorch's time / Transplant's: ${shown(ratioToTorch, 2)}`] : []),
    '  Where the time of all cores went in Transplant:',
    ...columns(
      Object.entries(parts).map(([part, spent]) => [`  ${part}`, `${spent.toFixed(1)} s`, percent(spent / total)]),
    ),
    `  By treatment${torch ? ', Transplant | PyTorch' : ''}: images/s in training steps, core seconds of a study, mean top-1 ± standard error:`,
    ...columns(treatments.map((treatment) => row(treatment))),
  ].join('\n');
}

function row({ treatment, trainings, transplant, torch }: TreatmentResult): string[] {
  const sides = [transplant, ...(torch ? [torch] : [])];
  const cell = (of: (side: typeof transplant) => string) => sides.map(of).join(' | ');
  return [
    `  ${treatment}`,
    `${trainings} training${trainings > 1 ? 's' : ''}`,
    `${cell(({ imagesPerSecond }) => imagesPerSecond.toFixed(0))} images/s`,
    `${cell(({ coreSeconds }) => coreSeconds.toFixed(1))} s`,
    cell(({ accuracy }) => `${percent(accuracy.mean)}${chance(accuracy)}`),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const chance = ({ standardError }: Mean): string =>
  Number.isFinite(standardError) ? ` ± ${(100 * standardError).toFixed(1)}` : '';
