import type { Store, StudyRecord } from '../store/records.ts';
import { readProtocol } from '../study/protocol.ts';
import type { StudySummary } from '../api/contract/studies.ts';

/** A stored study in a list. */
export function studySummary(store: Store, record: StudyRecord): StudySummary {
  const { protocol: _, ...study } = record;
  const { data, network, replicates, layers, treatments, examples = [] } = readProtocol(record);
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
