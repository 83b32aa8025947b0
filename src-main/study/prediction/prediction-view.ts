import type { Store } from '../../store/records.ts';
import type { Predictors } from '../../common/results/predictors.ts';
import { agreements, type Agreement } from './agreement.ts';
import { findingsOf } from './findings.ts';
import { obstacleSentences } from './obstacles.ts';
import { predictorPanels } from './panels.ts';
import { pointsOf, type PredictedPoint } from './points.ts';
import { agreementTables, valuesTable } from './tables.ts';
import { transfersOf } from './transfers.ts';

/** Everything that is known of a study's cheap predictors: what is shown, and the numbers behind it. */
export interface PredictionView extends Predictors {
  readonly agreements: readonly Agreement[];
  readonly points: readonly PredictedPoint[];
}

export function predictionView(store: Store, study: string): PredictionView {
  const transfers = transfersOf(store, study);
  const found = agreements(transfers);
  const points = transfers.flatMap(pointsOf);
  const count = (state: string) => transfers.filter((transfer) => transfer.state.state === state).length;
  const tables = points.length === 0 ? [] : [...agreementTables(found), valuesTable(transfers)];
  return {
    transfers: transfers.length,
    measured: count('measured'),
    waiting: count('waiting'),
    problems: obstacleSentences(transfers.flatMap(({ state }) => (state.state === 'problem' ? [state.obstacle] : []))),
    findings: findingsOf(found),
    agreements: found,
    points,
    chart: predictorPanels(points, found),
    tables: tables.filter(({ rows }) => rows.length > 0),
  };
}
