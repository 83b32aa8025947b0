import type { StudySummary } from '../api/contract/studies.ts';
import type { Store, StudyRecord } from '../store/records.ts';
import { protocolSchema } from '../study/protocol.ts';

/** A stored study in a list. */
export function studySummary(store: Store, { protocol, ...study }: StudyRecord): StudySummary {
  const { data, network, replicates, layers, treatments, examples = [] } = protocolSchema.parse(JSON.parse(protocol));
  const runs = store.studyRuns(study.id).map(({ record }) => record.status);
  const count = (status: string) => runs.filter((other) => other === status).length;
  return {
    ...study,
    data,
    network: network.name,
    replicates: replicates.length,
    layers,
    treatments,
    examples,
    trainings: runs.length,
    trained: count('finished'),
    failed: count('failed'),
  };
}
