import type { Store, StudyRecord, StudyStatus } from '../store/records.ts';
import { protocolSchema } from '../study/protocol.ts';
import type { TreatmentKind } from '../common/treatments/treatments.ts';

/** A stored study in a list. */
export interface StudySummary {
  readonly id: string;
  readonly name: string;
  readonly status: StudyStatus;
  readonly created: string;
  readonly finished: string | null;
  readonly seconds: number;
  readonly data: { readonly id: string; readonly name: string };
  readonly network: string;
  readonly replicates: number;
  readonly layers: number[];
  readonly treatments: TreatmentKind[];
  /** Few target examples: numbers of images of each target class beside all; mostly none. */
  readonly examples: number[];
  /** Networks, those that are trained, and those that failed. */
  readonly trainings: number;
  readonly trained: number;
  readonly failed: number;
}

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
