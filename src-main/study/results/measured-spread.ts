import { isDeepStrictEqual } from 'node:util';
import { networkKindSchema } from '../../common/treatments/schema.ts';
import type { Store } from '../../store/records.ts';
import { comesFromElsewhere, type Protocol, protocolIn } from '../plan/protocol.ts';
import { examplesOf, readIdentity } from '../plan/run-record.ts';
import { sameIn } from './companion.ts';
import type { RunResult } from './curves.ts';
import { pairsOf } from './effects.ts';
import { countSplits, splitsOf } from './layout.ts';
import { mean, standardDeviation } from './statistics.ts';

/** How much differences varied in a study that was trained here, standard deviations in points of top-1. */
export interface MeasuredSpread {
  /** Its name. */
  readonly study: string;
  /** Its independent values: splits, or the seeds of one. */
  readonly units: number;
  /** Of the difference of two treatments at one n. */
  readonly difference: number;
  /** Of the boost of `AnB+`, averaged over the wanted n; absent where it has none of them all. */
  readonly boost?: number;
}

/** Fewer values say next to nothing of how much they differ. */
const ENOUGH = 3;

/**
 * The spread of the studies of this home that are laid out like a protocol: of the same images, network and engine, as many seeds
 * of each split, finished at three splits or more (or seeds of the one). Of several that with the most of them, then the newest.
 * Undefined where there is none. It has in it what splits, seeds and held-out images do together.
 */
export function measuredSpread(store: Store, protocol: Protocol): MeasuredSpread | undefined {
  if (comesFromElsewhere(protocol)) return undefined;
  return store
    .studies()
    .flatMap((record) => {
      // Most studies are of other images, which is told without reading all of their protocols.
      const other = record.protocol.includes(protocol.data.id) ? protocolIn(record.protocol) : undefined;
      if (!other || comesFromElsewhere(other) || !isDeepStrictEqual(layoutOf(other), layoutOf(protocol))) return [];
      const spread = spreadOf(record.name, resultsOf(store, record.id), other, protocol.layers);
      return spread ? [{ ...spread, created: record.created }] : [];
    })
    .sort((a, b) => b.units - a.units || b.created.localeCompare(a.created))
    .map(({ created: _, ...spread }) => spread)
    .at(0);
}

/** What must be equal. */
const layoutOf = (protocol: Protocol) => {
  const splits = countSplits(protocol);
  const seeds = splits > 1 ? protocol.replicates.length / splits : undefined;
  return { ...sameIn(protocol), split: protocol.split.kind, seeds };
};

/** The finished networks that were trained on all images. */
const resultsOf = (store: Store, study: string): RunResult[] =>
  store.studyRuns(study).flatMap(({ name, kind, n, target, replicate, record }) => {
    const { status, correct, total } = record;
    if (status !== 'finished' || correct === null || !total) return [];
    if (examplesOf(readIdentity(record)) !== undefined) return [];
    return [{ name, kind: networkKindSchema.parse(kind), n, target, replicate, correct, total, loss: NaN }];
  });

function spreadOf(
  study: string,
  results: readonly RunResult[],
  protocol: Protocol,
  layers: readonly number[],
): MeasuredSpread | undefined {
  const several = countSplits(protocol) > 1;
  const unitOf = several ? splitsOf(protocol) : (replicate: number) => replicate;
  const ofB = results.filter(({ target }) => target === 'B');
  /** By unit and n, in points. */
  const differences = (minuend: RunResult['kind'], subtrahend: RunResult['kind']) =>
    pairsOf(ofB, minuend, subtrahend).map(({ replicate, n, minuend: one, subtrahend: other }) => ({
      ...{ unit: unitOf(replicate), n },
      points: 100 * (one.correct / one.total - other.correct / other.total),
    }));
  const units = <Value extends { readonly unit: number; readonly points: number }>(values: readonly Value[]) =>
    [...Map.groupBy(values, ({ unit }) => unit).values()].map((of) => mean(of.map(({ points }) => points)));
  const treatments = [...new Set(ofB.map(({ kind }) => kind))].filter((kind) => kind !== 'base');
  const samples = treatments
    .flatMap((kind) => [...Map.groupBy(differences(kind, 'base'), ({ n }) => n).values()].map(units))
    .filter(({ length }) => length >= ENOUGH);
  if (samples.length === 0) return undefined;
  const boosts = differences('transfer+', 'base').filter(({ n }) => layers.includes(n));
  const complete = [...Map.groupBy(boosts, ({ unit }) => unit).values()]
    .filter((of) => new Set(of.map(({ n }) => n)).size === layers.length)
    .flatMap(units);
  return {
    study,
    units: Math.max(...samples.map(({ length }) => length)),
    difference: Math.sqrt(mean(samples.map((values) => standardDeviation(values) ** 2))),
    ...(complete.length >= ENOUGH ? { boost: standardDeviation(complete) } : {}),
  };
}
