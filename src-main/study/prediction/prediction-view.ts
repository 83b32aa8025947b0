import type { Store } from '../../store/records.ts';
import type { Table } from '../report/tables.ts';
import type { Half } from '../treatment.ts';
import { agreements, valueOf, type Agreement } from './agreement.ts';
import { PREDICTORS, type PredictorId } from './catalogue.ts';
import { findingsOf } from './findings.ts';
import { agreementTable, valuesTable } from './tables.ts';
import { transfersOf, type Transfer } from './transfers.ts';

/** One predictor of one layer of one transfer, beside what was measured there. */
export interface PredictedPoint {
  readonly replicate: number;
  readonly target: Half;
  readonly n: number;
  readonly predictor: PredictorId;
  readonly value: number;
  /** Top-1 of AnB and AnB+, fractions; null: no result. */
  readonly transfer: number | null;
  readonly 'transfer+': number | null;
}

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
  readonly tables: readonly Table[];
}

export function predictionView(store: Store, study: string): PredictionView {
  const transfers = transfersOf(store, study);
  const found = agreements(transfers);
  const measured = transfers.filter(({ state }) => state.state === 'measured').length;
  return {
    transfers: transfers.length,
    measured,
    waiting: transfers.filter(({ state }) => state.state === 'waiting').length,
    problems: transfers.flatMap(({ state }) => (state.state === 'problem' ? [state.sentence] : [])),
    findings: findingsOf(found),
    agreements: found,
    points: transfers.flatMap(pointsOf),
    tables:
      measured === 0
        ? []
        : [agreementTable(transfers, found), valuesTable(transfers)].filter(({ rows }) => rows.length > 0),
  };
}

function pointsOf({ replicate, target, state, measured }: Transfer): PredictedPoint[] {
  if (state.state !== 'measured') return [];
  const { prediction } = state;
  return PREDICTORS.flatMap(({ id }) =>
    prediction.layers.flatMap(({ n }) => {
      const value = valueOf(prediction, id, n);
      const { transfer = null, 'transfer+': fineTuned = null } = measured.find((point) => point.n === n) ?? {};
      return value === null ? [] : [{ replicate, target, n, predictor: id, value, transfer, 'transfer+': fineTuned }];
    }),
  );
}
