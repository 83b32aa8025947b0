import { sql as first } from './0001-first.ts';
import { sql as filterHistory } from './0002-filter-history.ts';
import { sql as restoredStudies } from './0003-restored-studies.ts';
import { sql as predictions } from './0004-predictions.ts';

/** The SQL of each migration, in order: number i leads from version i to version i + 1. A released one is never edited. */
export const MIGRATIONS: readonly string[] = [first, filterHistory, restoredStudies, predictions];
