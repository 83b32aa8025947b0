import type { Store } from '../store/records.ts';
import type { RunResult } from './curves.ts';
import { networkKindSchema } from './treatment-schema.ts';

/** The finished networks of a study, as the statistics take them. */
export function storedResults(store: Store, study: string): RunResult[] {
  return store.studyRuns(study).flatMap(({ name, kind, n, target, replicate, record }) => {
    const { status, correct, total, loss } = record;
    if (status !== 'finished' || correct === null || !total) return [];
    return [{ name, kind: networkKindSchema.parse(kind), n, target, replicate, correct, total, loss: loss ?? NaN }];
  });
}
