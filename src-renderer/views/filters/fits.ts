import type { FilterFit, FittedBank } from '../../../src-main/common/contract/runs.ts';
import { type Api, float32 } from '../../api.ts';
import type { Bank } from '../../filters/bank.ts';
import type { FilterClass } from '../../../src-main/common/results/filters.ts';

type Answer = Awaited<ReturnType<Api['runs']['fits']>>;

/** What the filters of a network are at a step, beside untrained ones, and how their classes grew. */
export interface Fits extends Pick<Answer, 'untrained' | 'least' | 'nulls' | 'master'> {
  readonly bank: Omit<FittedBank, 'planes'>;
  /** [filters, 3, rows, columns]: of each filter its main part, the Gabor function and the blob that were fitted to it. */
  readonly planes: Bank;
  /** Steps of the history, rising. */
  readonly growth: readonly Pick<FittedBank, 'step' | 'shares'>[];
}

/** Loads the fits of a network's filters. The first call takes seconds; main keeps what it found. */
export async function loadFits(
  api: Api,
  { run, step: at, layer }: { readonly run: string; readonly step: number | 'latest'; readonly layer?: string },
  signal: AbortSignal,
): Promise<Fits> {
  const { banks, ...rest } = await api.runs.fits({ run, layer, at }, { signal });
  const [{ planes, ...bank }] = banks;
  const growth = layer === undefined ? (await api.runs.fits({ run, at: 'history' }, { signal })).banks : [];
  return { ...rest, bank, planes: { shape: bank.shape, weights: await float32(planes) }, growth };
}

/** What a fitted function leaves of a filter's main part: a bank like `planes`, with the rest in the place of the third. */
export function withResidual({ shape, weights }: Bank, filter: number, blob: boolean): Bank {
  const [, , rows, columns] = shape;
  const area = rows * columns;
  const planes = weights.slice(3 * area * filter, 3 * area * (filter + 1));
  if (blob) planes.copyWithin(area, 2 * area);
  for (let pixel = 0; pixel < area; pixel++) planes[2 * area + pixel] = planes[pixel] - planes[area + pixel];
  return { shape: [1, 3, rows, columns], weights: planes };
}

/** Whether a filter of this class is described by its blob rather than by its Gabor function. */
export const isBlob = (name: FilterClass): boolean => name === 'colour blob' || name === 'grey blob';

/** Filters with a direction, as charts show them. */
export const directed = (filters: readonly FilterFit[]) =>
  filters.flatMap(({ class: name, gabor: { orientation, frequency } }, filter) =>
    name === 'gabor' || name === 'edge' ? [{ filter, class: name, orientation, frequency }] : [],
  );
