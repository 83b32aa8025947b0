import type { FilterMeasures } from '../../src-main/common/contract/runs.ts';
import { type Api, float32 } from '../api.ts';

/** Filters of a layer: weights in the shape [filters, channels, rows, columns], row-major. */
export interface Bank {
  readonly shape: readonly number[];
  readonly weights: Float32Array;
}

/** The filters of a network at a step of its training, and what was measured on them. */
export interface MeasuredBank extends Bank {
  readonly step: number;
  readonly measures: readonly FilterMeasures[];
}

/** `measured: false`: for eyes only, without the measures that filters are sorted by. */
export async function loadBank(
  api: Api,
  run: string,
  step: number | 'latest',
  { measured = true, layer }: { readonly measured?: boolean; readonly layer?: string } = {},
): Promise<MeasuredBank> {
  const { weights, ...rest } = await api.runs.filters({ run, step, layer, measured });
  return { ...rest, weights: await float32(weights) };
}

/** One filter over its training: a bank of that filter at each of the steps. */
export interface FilterHistory {
  readonly steps: readonly number[];
  readonly bank: Bank;
}

export async function loadHistory(api: Api, run: string, filter: number): Promise<FilterHistory> {
  const { steps, shape, weights } = await api.runs.filterHistory({ run, filter });
  return { steps, bank: { shape, weights: await float32(weights) } };
}

/** The newest of these rising steps that is not after the wanted one; where all are, the first. */
export function stepUpTo(steps: readonly number[], wanted: number): number | undefined {
  return steps.findLast((step) => step <= wanted) ?? steps[0];
}
