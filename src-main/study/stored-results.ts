import type { Store } from '../store/records.ts';
import type { RunResult } from './curves.ts';
import { onAllImages, type ExampleResult } from './examples.ts';
import { networkKindSchema } from '../common/treatments/schema.ts';
import { examplesOf, readIdentity } from './run-record.ts';

/** The finished networks of a study that were trained on all its images, as the statistics take them. */
export const storedResults = (store: Store, study: string): RunResult[] => onAllImages(storedExamples(store, study));

/** All finished networks of a study, those of few target examples too. */
export function storedExamples(store: Store, study: string): ExampleResult[] {
  return store.studyRuns(study).flatMap(({ name, kind, n, target, replicate, record }) => {
    const { status, correct, total, loss } = record;
    if (status !== 'finished' || correct === null || !total) return [];
    const examples = examplesOf(readIdentity(record));
    const about = { name, kind: networkKindSchema.parse(kind), n, target, replicate, examples };
    return [{ ...about, correct, total, loss: loss ?? NaN }];
  });
}
