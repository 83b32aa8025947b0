import { resolveNetwork } from '../../network/network.ts';
import type { RestoredStudy, Store } from '../../store/records.ts';
import type { Plan, PlannedRun } from '../../study/plan/plan.ts';
import { readPrediction } from '../../study/prediction/transfer-prediction.ts';
import { transfersOf } from '../../study/prediction/transfers.ts';
import { Unusable, type StudyArchive } from './archive.ts';
import { PREDICTIONS, predictionsSchema, type PackedPrediction } from './format.ts';

/** Predictions of a study's transfers by rules that are still known, each once, as replicates may share both bases. */
export function predictionsToPack(store: Store, study: string): PackedPrediction[] {
  const predictions = transfersOf(store, study).flatMap(({ source, own }): PackedPrediction[] => {
    const facts = store.prediction(source, own);
    const prediction = facts === undefined ? undefined : readPrediction(facts);
    return prediction ? [{ source, own, prediction }] : [];
  });
  return [...new Map(predictions.map((one) => [`${one.source} ${one.own}`, one])).values()];
}

/** Reads the predictions in a study's file. Throws Unusable, also where one is not of a transfer of its plan. */
export async function readPredictions(archive: StudyArchive, plan: Plan): Promise<PackedPrediction[]> {
  if (!archive.has(PREDICTIONS)) return [];
  const predictions = await archive.json(PREDICTIONS, predictionsSchema);
  const transfers = transfersBetween(plan);
  const [{ network, identity }] = plan.runs;
  const { depth } = resolveNetwork(network, identity.classes.length);
  for (const { source, own, prediction } of predictions) {
    if (!transfers.delete(`${source} ${own}`)) throw new Unusable(`${PREDICTIONS} is not of this study's transfers`);
    if (prediction.state !== 'measured') continue;
    const { layers } = prediction;
    if (layers.length !== depth - 1 || !layers.every(({ n }, place) => n === place + 1))
      throw new Unusable(`${PREDICTIONS} has other layers than the network`);
  }
  return predictions;
}

/** Pairs of keys of both bases of every replicate, in both directions. */
function transfersBetween({ runs }: Plan): Set<string> {
  const bases = runs.filter(({ treatment }) => treatment.kind === 'base' && treatment.examples === undefined);
  const pairs = [...Map.groupBy(bases, ({ replicate }) => replicate).values()].flatMap((own) => {
    const [a, b] = (['A', 'B'] as const).map((half) => own.find(({ treatment }) => treatment.target === half));
    return a && b ? [pair(a, b), pair(b, a)] : [];
  });
  return new Set(pairs);
}

const pair = (source: PlannedRun, own: PlannedRun): string => `${source.key} ${own.key}`;

/** Predictions of an unpacked study's transfers that have none here. */
export function newPredictions(here: Store, unpacked: Store, study: string): RestoredStudy['predictions'] {
  return transfersOf(unpacked, study).flatMap(({ source, own }) => {
    const facts = unpacked.prediction(source, own);
    const stored = here.prediction(source, own);
    const known = stored !== undefined && readPrediction(stored) !== undefined;
    return facts === undefined || known ? [] : [{ source, own, facts }];
  });
}
