import { columns, shown, type Mean } from './spread.ts';
import type { StudyResult } from './study.ts';

/** The study's result as plain text. */
export function studyTable(result: StudyResult): string {
  const { network, trainings, epochs, seconds, torchSeconds, ratioToTorch, parts, accuracies } = result;
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  const chance = ({ standardError }: Mean) =>
    Number.isFinite(standardError) ? ` ± ${(100 * standardError).toFixed(1)}` : '';
  const accuracy = (of: Mean | null) => (of ? `${percent(of.mean)}${chance(of)}` : '');
  return [
    `A study of ${network}: ${trainings} trainings of ${epochs} epochs; wall time, median (min to max)`,
    `  Transplant  ${shown(seconds, 0)} s`,
    ...(torchSeconds ? [`  PyTorch     ${shown(torchSeconds, 0)} s`] : []),
    ...(ratioToTorch ? [`  PyTorch's time / Transplant's: ${shown(ratioToTorch, 2)}`] : []),
    '  Where the time of all cores went in Transplant:',
    ...columns(
      Object.entries(parts).map(([part, spent]) => [`  ${part}`, `${spent.toFixed(1)} s`, percent(spent / total)]),
    ),
    '  Mean top-1 accuracy ± standard error:',
    ...columns([
      ['', 'trainings', 'Transplant', torchSeconds ? 'PyTorch' : ''],
      ...accuracies.map(({ treatment, trainings, transplant, torch }) => {
        return [`  ${treatment}`, String(trainings), accuracy(transplant), accuracy(torch)];
      }),
    ]),
  ].join('\n');
}
