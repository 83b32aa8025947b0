import type { RunSummary } from '../../../src-main/common/contract/activity.ts';
import type { Api } from '../../api.ts';

/** A network as it is chosen: of a study, or in a file that was opened. */
export interface Chosen {
  /** Absent for a file. */
  readonly study?: string;
  /** Key of the training or the file. */
  readonly run: string;
  /** The file's name. */
  readonly file?: string;
  /** A layer with filters; absent: the first. */
  readonly layer?: string;
}

/** What is compared to begin with: a base beside the other, anything else beside the base that it is made from. */
export function besideOf(run: RunSummary, runs: readonly RunSummary[]): RunSummary | undefined {
  if (run.source !== null) return runs.find(({ key }) => key === run.source);
  return runs.find(
    ({ kind, target, replicate }) => kind === 'base' && target !== run.target && replicate === run.replicate,
  );
}

/** Runs that may have filters to show, bases first; each once. */
export function showable(runs: readonly RunSummary[]): RunSummary[] {
  const once = [...new Map(runs.map((run) => [run.key, run])).values()];
  return once
    .filter(({ filtersAt, state }) => filtersAt !== null || state === 'running')
    .sort((a, b) => a.replicate - b.replicate || Number(b.kind === 'base') - Number(a.kind === 'base'));
}

/**
 * The networks to show: the one in the address with its counterpart, else baseA and baseB of the newest study that has
 * filters. Undefined where no network has any.
 */
export async function firstChoice(
  api: Api,
  studies: readonly string[],
  subject: string,
): Promise<[Chosen, Chosen | undefined] | undefined> {
  let newest: [Chosen, Chosen | undefined] | undefined;
  for (const study of studies) {
    const runs = showable((await api.studies.details({ study })).runs);
    const wanted = runs.find(({ key }) => key === subject);
    const first = wanted ?? runs.find(({ name }) => name === 'baseA') ?? runs[0];
    if (!first) continue;
    const beside = besideOf(first, runs);
    const choice: [Chosen, Chosen | undefined] = [{ study, run: first.key }, beside && { study, run: beside.key }];
    if (wanted || subject === '') return choice;
    newest ??= choice;
  }
  return newest;
}
