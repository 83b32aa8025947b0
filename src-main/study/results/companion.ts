import { isDeepStrictEqual } from 'node:util';
import { networkKindSchema } from '../../common/treatments/schema.ts';
import type { Store } from '../../store/records.ts';
import { comesFromElsewhere, type Protocol, protocolIn } from '../plan/protocol.ts';
import { examplesOf, readIdentity } from '../plan/run-record.ts';
import { isNear, type RunResult } from './curves.ts';
import { type ExampleResult, onAllImages } from './examples.ts';

/** A study whose halves are nearer to or further from each other, by which the distance of tasks can be judged. */
export interface Companion {
  readonly id: string;
  readonly name: string;
  readonly protocol: Protocol;
  readonly results: readonly RunResult[];
}

/**
 * Looks for stored studies of the same images, network, images per class and engine, whose halves are chosen if this
 * one's are random (or the other way round). Returns the one with the most finished transfers, and of several the
 * newest; null if there is none.
 */
export function findCompanion(store: Store, study: string, protocol: Protocol): Companion | null {
  const candidates = store
    .studies()
    .filter(({ id }) => id !== study)
    .flatMap(({ id, name, created, protocol: text }) => {
      const other = protocolIn(text);
      if (!other || !isCounterpart(protocol, other)) return [];
      const results = storedResults(store, id);
      const transfers = results.filter(({ kind }) => kind === 'transfer').length;
      return transfers > 0 ? [{ id, name, created, protocol: other, results, transfers }] : [];
    })
    .sort((a, b) => b.transfers - a.transfers || b.created.localeCompare(a.created) || a.id.localeCompare(b.id));
  if (candidates.length === 0) return null;
  const [{ id, name, protocol: chosen, results }] = candidates;
  return { id, name, protocol: chosen, results };
}

function isCounterpart(one: Protocol, other: Protocol): boolean {
  // The distance of what comes from elsewhere from B is unknown.
  if (comesFromElsewhere(one) || comesFromElsewhere(other)) return false;
  return isNear(one) !== isNear(other) && isDeepStrictEqual(sameIn(one), sameIn(other));
}

/** What must be equal for accuracies of two studies to be laid beside each other. A network's name doesn't matter. */
export function sameIn({ data, network, imagesPerClass, engine }: Protocol) {
  return { data: data.id, network: { ...network, name: '' }, imagesPerClass, engine };
}

/** The finished networks of a study that were trained on all its images, as the statistics take them. */
export const storedResults = (store: Store, study: string): RunResult[] => onAllImages(storedExamples(store, study));

/** All finished networks of a study, those of few target examples too. */
export function storedExamples(store: Store, study: string): (ExampleResult & { readonly seconds: number })[] {
  return store.studyRuns(study).flatMap(({ run, name, kind, n, target, replicate, record }) => {
    const { status, correct, total, loss, seconds } = record;
    if (status !== 'finished' || correct === null || !total) return [];
    const examples = examplesOf(readIdentity(record));
    const about = { name, kind: networkKindSchema.parse(kind), n, target, replicate, examples };
    return [{ ...about, correct, total, loss: loss ?? NaN, seconds, answers: store.answers(run) }];
  });
}
