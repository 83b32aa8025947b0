import type { NetworkResult } from './step.ts';
import { shown, type Spread } from './spread.ts';

/** The networks' results as plain text. */
export function stepTable(results: Readonly<Record<string, NetworkResult>>): string {
  return Object.entries(results)
    .map(([name, result]) => networkTable(name, result))
    .join('\n');
}

function networkTable(name: string, result: NetworkResult): string {
  const rows = [
    ['', 'step, images/s', 'evaluation, images/s', 'peak memory of each process'],
    ...result.settings.map(({ label, step, evaluation, memory }) => [
      label,
      shown(step, 0),
      shown(evaluation, 0),
      memory.map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`).join(', '),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd());
  const percent = (spread: Spread) => {
    const { median, min, max } = spread;
    return `${shown({ median: 100 * median, min: 100 * min, max: 100 * max }, 0)} %`;
  };
  const { stepRatioToTorch, evaluationRatioToTorch, shareOfPeak, evaluationShareOfPeak, torchShareOfPeak } = result;
  const versions = [...new Set(result.settings.map(({ version }) => version))].join('; ');
  return [
    `${name}, batch ${result.batchSize}: median (min to max). ${versions}`,
    ...lines,
    ...(stepRatioToTorch ? [`  step, best setting / PyTorch's best:        ${shown(stepRatioToTorch, 2)}`] : []),
    ...(evaluationRatioToTorch
      ? [`  evaluation, best setting / PyTorch's best:  ${shown(evaluationRatioToTorch, 2)}`]
      : []),
    `  share of the measured peak of ${(result.peak.median / 1e9).toFixed(0)} GFLOP/s: step ${percent(shareOfPeak)}, evaluation ${percent(evaluationShareOfPeak)}${torchShareOfPeak ? `; PyTorch's step ${percent(torchShareOfPeak)}` : ''}`,
    '',
  ].join('\n');
}
