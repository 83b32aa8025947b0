import type { Store } from '../../store/records.ts';
import type { Table } from '../../common/tables.ts';
import { agreements, type Agreement } from './agreement.ts';
import { findingsOf } from './findings.ts';
import { obstacleSentences } from './obstacles.ts';
import { predictorPanels } from './panels.ts';
import { pointsOf, type PredictedPoint } from './points.ts';
import { agreementTables, valuesTable } from './tables.ts';
import { transfersOf } from './transfers.ts';

/** Everything that is shown of a study's cheap predictors. */
export interface PredictionView {
  /** Transfers of the study, those that are measured, and those that can be. */
  readonly transfers: number;
  readonly measured: number;
  readonly waiting: number;
  /** Why others can't be. */
  readonly problems: readonly string[];
  readonly findings: readonly string[];
  readonly agreements: readonly Agreement[];
  readonly points: readonly PredictedPoint[];
  readonly chart: ReturnType<typeof predictorPanels>;
  readonly tables: readonly Table[];
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
