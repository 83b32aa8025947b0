import { join } from 'node:path';
import { cachedSearch } from '../../filters/fit/kept-search.ts';
import { openStore } from '../../store/open.ts';
import { writeReport } from '../../study/report/write.ts';
import { collectReport } from '../../study/results.ts';
import { layersForReport } from '../layers/for-report.ts';
import { findStoredStudy } from '../stored-study.ts';
import { fitAhead } from './fit-ahead.ts';

interface ReportTask {
  readonly home: string;
  readonly study: string;
  readonly folder: string;
  /** With what excites the units of some networks, layer by layer. */
  readonly layers?: boolean;
}

/** Writes a study's report from what is stored now, beside the process that may be working there. Returns the paths. */
export async function writeStoredReport(task: ReportTask, signal: AbortSignal): Promise<string[]> {
  const { home, folder } = task;
  const store = openStore(join(home, 'transplant.sqlite'), { readOnly: true });
  try {
    const { study, protocol, index } = findStoredStudy({ home, store }, task.study);
    const report = await collectReport(store, home, study, protocol, index);
    const layers = task.layers ? await layersForReport({ home, store }, study.id, signal) : undefined;
    await fitAhead(home, report.filters, { signal });
    return await writeReport({ ...report, layers }, folder, { searchOf: (owner) => cachedSearch(home, owner) });
  } finally {
    store.close();
  }
}
