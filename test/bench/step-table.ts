import type { NetworkResult } from './step.ts';
import { columns, shown, type Spread } from './spread.ts';

/** A network's result as plain text. */
export function stepTable(name: string, result: NetworkResult): string {
  const versions = [...new Set(result.settings.map(({ version }) => version))].join('; ');
  return [
    `${name}, batch ${result.batchSize}: median (min to max). ${versions}`,
    ...columns([
      ['', 'step, images/s', 'evaluation, images/s', 'peak memory of each process', ''],
      ...result.settings.map(({ label, step, evaluation, memory, compileSeconds }) => [
        label,
        shown(step, 0),
        shown(evaluation, 0),
        memory.map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`).join(', '),
        compileSeconds === null ? '' : `compiled in ${compileSeconds.toFixed(0)} s`,
      ]),
    ]),
    ...comparison('step, best setting of each in float32, Transplant / PyTorch', result.stepRatioToTorch),
    ...comparison('evaluation, the same', result.evaluationRatioToTorch),
    ...comparison('step, Transplant in float32 / PyTorch in bfloat16', result.stepRatioToBfloat16),
    ...comparison('evaluation, the same', result.evaluationRatioToBfloat16),
    `  share of the measured peak of ${(result.peak.median / 1e9).toFixed(0)} GFLOP/s: ${shares(result)}`,
  ].join('\n');
}

const comparison = (what: string, ratio: Spread | null): string[] => (ratio ? [`  ${what}: ${shown(ratio, 2)}`] : []);

function shares({ shareOfPeak, evaluationShareOfPeak, torchShareOfPeak }: NetworkResult): string {
  const parts = [`step ${percent(shareOfPeak)}`, `evaluation ${percent(evaluationShareOfPeak)}`];
  return [...parts, ...(torchShareOfPeak ? [`PyTorch's step ${percent(torchShareOfPeak)}`] : [])].join(', ');
}

const percent = ({ median, min, max }: Spread): string =>
  `${shown({ median: 100 * median, min: 100 * min, max: 100 * max }, 0)}%`;
